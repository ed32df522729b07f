// How far the key light reaches into a scene: depth seen from the lamp.

import {
  DepthTexture, LessEqualCompare, LinearFilter, Matrix4, MeshBasicMaterial, OrthographicCamera, UnsignedIntType,
  WebGLRenderTarget,
} from "three";
import { KEY } from "./light.js";

const SIDE = 512;
const SOFTNESS = 0.0065; // metres from the middle of a shadow's edge

export class Shadow {
  constructor({ center, radius }) {
    this.lamp = new OrthographicCamera(-radius, radius, radius, -radius, 0, 2 * radius);
    this.lamp.position.copy(KEY).multiplyScalar(radius).add(center);
    this.lamp.lookAt(center);
    this.lamp.updateMatrixWorld();
    this.map = new DepthTexture(SIDE, SIDE, UnsignedIntType);
    this.map.compareFunction = LessEqualCompare;
    this.map.minFilter = this.map.magFilter = LinearFilter;
    this.target = new WebGLRenderTarget(SIDE, SIDE, { depthTexture: this.map });
    this.matrix = new Matrix4().set(0.5, 0, 0, 0.5, 0, 0.5, 0, 0.5, 0, 0, 0.5, 0.5, 0, 0, 0, 1);
    this.matrix.multiply(this.lamp.projectionMatrix).multiply(this.lamp.matrixWorldInverse);
    this.depth = 2 * radius;
    this.radius = SOFTNESS / (2 * radius);
    this.paint = new MeshBasicMaterial({ colorWrite: false });
  }

  cast(renderer, scene) {
    scene.overrideMaterial = this.paint;
    renderer.setRenderTarget(this.target);
    renderer.setScissorTest(false);
    renderer.clear();
    renderer.render(scene, this.lamp);
    renderer.setRenderTarget(null);
    scene.overrideMaterial = null;
  }
}
