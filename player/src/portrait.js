// One head with its camera, which the mouse turns.

import { BufferAttribute, BufferGeometry, DynamicDrawUsage, Mesh, PerspectiveCamera, Scene, Sphere, Vector3 } from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";
import { glintFor, lit } from "./light.js";
import { Shadow } from "./shadow.js";

const DISTANCE = 1.1 / 0.325; // of the camera, in spans
const NARROWEST = 0.94; // a panel narrower than this share of its height shows the head smaller

export class Portrait {
  constructor(figure, panel, changed) {
    this.figure = figure;
    this.panel = panel;
    this.scene = new Scene();
    this.geometry = geometryOf(figure);
    this.shadow = new Shadow(roundAbout(figure));
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

  pose(acting) {
    this.figure.pose(acting.weights, acting.turns);
    for (const name of ["position", "normal", "openness"]) this.geometry.attributes[name].needsUpdate = true;
    this.posed = true;
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

function geometryOf(figure) {
  const geometry = new BufferGeometry();
  const moving = (array, size, normalised) =>
    new BufferAttribute(array, size, normalised).setUsage(DynamicDrawUsage);
  geometry.setIndex(new BufferAttribute(figure.faces, 1));
  geometry.setAttribute("position", moving(figure.positions, 3, false));
  geometry.setAttribute("normal", moving(figure.normals, 3, false));
  geometry.setAttribute("openness", moving(figure.openness, 1, true));
  geometry.setAttribute("colour", new BufferAttribute(figure.colours, 3, true));
  geometry.setAttribute("gloss", new BufferAttribute(figure.gloss, 3, true));
  return geometry;
}

// A sphere that holds the head as it moves, and what can throw a shadow on it.
function roundAbout(figure) {
  const points = [];
  for (let v = 0; v < figure.rest.length; v += 3) {
    const y = figure.rest[v + 1] - figure.middle;
    if (Math.abs(y) < figure.span) points.push(new Vector3().fromArray(figure.rest, v));
  }
  const sphere = new Sphere().setFromPoints(points);
  sphere.radius *= 1.15;
  return sphere;
}
