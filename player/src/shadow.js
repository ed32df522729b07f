// How far the key light reaches into a scene: depth seen from the lamp.

import {
  DepthTexture, LessEqualCompare, LinearFilter, Matrix4, MeshBasicMaterial, OrthographicCamera, UnsignedIntType,
  WebGLRenderTarget,
} from "three";
import { DIRECTIONS } from "./light.js";

const SIDE = 512;
export const FINE = { taps: 20, every: 1 };
export const FRUGAL = { taps: 6, every: 4 }; // where a processor draws
const SOFTNESS = 0.0065; // metres from the middle of a shadow's edge

export class Shadow {
  // taps: how often a pixel asks whether light reaches it. every: so many poses share what the lamp sees.
  constructor({ center, radius }, { taps, every } = FINE) {
    this.taps = taps;
    this.every = every;
    this.poses = 0;
    this.lamp = new OrthographicCamera(-radius, radius, radius, -radius, 0, 2 * radius);
    this.map = new DepthTexture(SIDE, SIDE, UnsignedIntType);
    this.map.compareFunction = LessEqualCompare;
    this.map.minFilter = this.map.magFilter = LinearFilter;
    this.target = new WebGLRenderTarget(SIDE, SIDE, { depthTexture: this.map });
    this.center = center;
    this.distance = radius;
    this.matrix = new Matrix4();
    this.aim(DIRECTIONS[0]);
    this.depth = 2 * radius;
    this.radius = SOFTNESS / (2 * radius);
    this.paint = new MeshBasicMaterial({ colorWrite: false });
  }

  // Lets the light come from a direction.
  aim(key) {
    this.lamp.position.copy(key).multiplyScalar(this.distance).add(this.center);
    this.lamp.lookAt(this.center);
    this.lamp.updateMatrixWorld();
    this.matrix.set(0.5, 0, 0, 0.5, 0, 0.5, 0, 0.5, 0, 0, 0.5, 0.5, 0, 0, 0, 1);
    this.matrix.multiply(this.lamp.projectionMatrix).multiply(this.lamp.matrixWorldInverse);
  }

  cast(renderer, scene) {
    if (this.poses++ % this.every) return;
    scene.overrideMaterial = this.paint;
    renderer.setRenderTarget(this.target);
    renderer.setScissorTest(false);
    renderer.clear();
    renderer.render(scene, this.lamp);
    renderer.setRenderTarget(null);
    scene.overrideMaterial = null;
  }
}
