// All heads on one canvas, each where its panel is, or all in one room. Drawn only when something has changed.

import { WebGLRenderer } from "three";

const SHARPEST = 2; // canvas pixels a CSS pixel

export class Stage {
  // `views(changed)` makes what is drawn. Throws where the browser draws no 3-D.
  constructor(canvas, panels, views) {
    this.canvas = canvas;
    this.software = drawnByProcessor();
    this.renderer = new WebGLRenderer({ canvas, antialias: !this.software, alpha: true });
    this.renderer.autoClear = false;
    this.stale = true;
    this.share = 1;
    const changed = () => (this.stale = true);
    this.views = views(changed);
    this.watch = new ResizeObserver(() => this.fit());
    for (const element of [canvas, ...panels]) this.watch.observe(element);
    this.fit();
  }

  fit() {
    const { width, height } = this.canvas.getBoundingClientRect();
    this.renderer.setPixelRatio(finest(this.software) * this.share);
    this.renderer.setSize(width, height, false);
    this.draw();
  }

  // Draws with a share of the pixels along each side.
  refine(share) {
    if (share === this.share) return;
    this.share = share;
    this.fit();
  }

  pose(people) {
    for (const view of this.views) view.pose(people);
    this.stale = true;
  }

  reset() {
    for (const view of this.views) view.reset();
    this.stale = true;
  }

  drawIfStale() {
    if (this.stale) this.draw();
  }

  draw() {
    this.stale = false;
    const around = this.canvas.getBoundingClientRect();
    this.renderer.setScissorTest(false);
    this.renderer.clear();
    for (const view of this.views) view.draw(this.renderer, around);
  }
}

// Canvas pixels a CSS pixel. Without a graphics card edges are smoothed by drawing larger: SwiftShader's own smoothing leaves gaps.
export function finest(software) {
  return software ? SHARPEST : Math.min(devicePixelRatio, SHARPEST);
}

// Without a graphics card.
export function drawnByProcessor() {
  const context = document.createElement("canvas").getContext("webgl2");
  const told = context?.getExtension("WEBGL_debug_renderer_info");
  return Boolean(told) && /swiftshader|llvmpipe|software/i.test(context.getParameter(told.UNMASKED_RENDERER_WEBGL));
}
