// Both heads on one canvas, each where its card is.

import { WebGLRenderer } from "three";
import { Pace } from "../../player/src/pace.js";
import { FINE, FRUGAL } from "../../player/src/shadow.js";
import { drawnByProcessor, finest } from "../../player/src/stage.js";
import type { Head } from "./head.ts";
import type { Face } from "./posing.ts";

const UNAIDED = 0.25; // share of a side's pixels to begin with, without a graphics card

export class Stage {
  readonly heads: (Head | null)[] = [null, null];
  /** How finely light is worked out. */
  readonly detail: typeof FINE;
  /** Pictures in the last second. */
  rate = 0;
  readonly #canvas: HTMLCanvasElement;
  readonly #renderer: WebGLRenderer;
  readonly #pace: Pace;
  readonly #software = drawnByProcessor();
  #share: number;
  #stale = true;
  #counted = { since: 0, pictures: 0 };

  /** Throws where the browser draws no 3-D. */
  constructor(canvas: HTMLCanvasElement, panels: HTMLElement[]) {
    this.#canvas = canvas;
    this.detail = this.#software ? FRUGAL : FINE;
    this.#share = this.#software ? UNAIDED : 1;
    this.#pace = new Pace(this.#share);
    this.#renderer = new WebGLRenderer({ canvas, antialias: !this.#software, alpha: true });
    this.#renderer.autoClear = false;
    const watch = new ResizeObserver(() => this.#fit());
    for (const element of [canvas, ...panels]) watch.observe(element);
    this.#fit();
  }

  readonly changed = (): void => void (this.#stale = true);

  pose(place: number, face: Face): void {
    const head = this.heads[place];
    if (!head) return;
    head.pose(face);
    this.changed();
  }

  set(place: number, head: Head): void {
    this.heads[place]?.dispose();
    this.heads[place] = head;
    this.changed();
  }

  /** Draws if something has changed; `now` [ms] of the picture. Where drawing is slow it gets coarser, and finer again. */
  draw(now: number): void {
    if (!this.#stale) return;
    const share = this.#pace.beat(now);
    if (share !== this.#share) {
      this.#share = share;
      this.#fit();
    }
    this.#render();
    this.#count(now);
  }

  #render(): void {
    this.#stale = false;
    const around = this.#canvas.getBoundingClientRect();
    this.#renderer.setScissorTest(false);
    this.#renderer.setClearColor(0x000000, 0);
    this.#renderer.clear();
    for (const head of this.heads) head?.draw(this.#renderer, around);
  }

  #count(now: number): void {
    this.#counted.pictures++;
    if (now - this.#counted.since < 1000) return;
    this.rate = (1000 * this.#counted.pictures) / (now - this.#counted.since);
    this.#counted = { since: now, pictures: 0 };
  }

  #fit(): void {
    const { width, height } = this.#canvas.getBoundingClientRect();
    this.#renderer.setPixelRatio(finest(this.#software) * this.#share);
    this.#renderer.setSize(width, height, false);
    this.#render(); // at once: a canvas of another size is empty
  }
}
