// One head with its camera, which the mouse turns.

import { Mesh, PerspectiveCamera, Scene } from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";
import { geometryOf, renew, roundAbout } from "./geometry.js";
import { glintFor, lit } from "./light.js";
import { Shadow } from "./shadow.js";

const DISTANCE = 1.1 / 0.325; // of the camera, in spans
const NARROWEST = 0.94; // a panel narrower than this share of its height shows the head smaller

export class Portrait {
  constructor(figure, number, panel, changed, detail) {
    this.figure = figure;
    this.number = number;
    this.panel = panel;
    this.scene = new Scene();
    this.geometry = geometryOf(figure);
    this.shadow = new Shadow(roundAbout(figure), detail);
    this.material = lit(this.shadow);
    const mesh = new Mesh(this.geometry, this.material);
    mesh.frustumCulled = false;
    this.scene.add(mesh);
    const distance = DISTANCE * figure.span;
    this.camera = new PerspectiveCamera(1, 1, 0.2 * distance, 4 * distance);
    this.camera.position.set(0, figure.middle, distance);
    this.controls = new OrbitControls(this.camera, panel);
    this.controls.target.set(0, figure.middle, 0);
    Object.assign(this.controls, {
      enablePan: false, minDistance: 0.4 * distance, maxDistance: 2 * distance,
      minPolarAngle: 0.7, maxPolarAngle: 2.1, rotateSpeed: 0.7,
    });
    this.controls.addEventListener("change", changed);
    this.controls.update();
    this.controls.saveState();
    this.posed = true;
  }

  pose(people) {
    const { acting } = people[this.number];
    if (!acting) return;
    this.figure.pose(acting.weights, acting.turns);
    renew(this.geometry);
    this.posed = true;
  }

  reset() {
    this.controls.reset();
  }

  draw(renderer, around) {
    if (this.posed) this.shadow.cast(renderer, this.scene);
    this.posed = false;
    const { left, top, width, height } = this.panel.getBoundingClientRect();
    if (!width || !height) return;
    const span = this.figure.span * Math.max(1, (NARROWEST * height) / width);
    this.camera.fov = (2 * Math.atan(span / 2 / (DISTANCE * this.figure.span)) * 180) / Math.PI;
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
    glintFor(this.camera, this.material);
    const box = [left - around.left, around.bottom - top - height, width, height];
    renderer.setViewport(...box);
    renderer.setScissor(...box);
    renderer.setScissorTest(true);
    renderer.render(this.scene, this.camera);
  }
}
