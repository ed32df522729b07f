// People in one room: heads that stand and turn where they do, walls out of focus, and the cameras of films.

import { Group, Mesh, PerspectiveCamera, Quaternion, Scene, Vector3 } from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";
import { geometryOf, roundAbout, renew } from "./geometry.js";
import { DIRECTIONS, glintFor, lit } from "./light.js";
import { Shadow } from "./shadow.js";
import { wallsOf } from "./walls.js";

const [NEAR, FAR] = [0.05, 60];
const SHADE = 0.42;
const LIFT = 0.35; // of what a narrow picture shows more; 0.5 is all of it above
const UP = new Vector3(0, 1, 0);

export class Room {
  constructor(figures, panel, { shots, walls, front, widest }, changed) {
    this.panel = panel;
    this.shots = shots;
    this.widest = widest;
    this.changed = changed;
    this.scene = new Scene();
    this.people = figures.map((figure) => this.enter(figure));
    this.camera = new PerspectiveCamera(1, 1, NEAR, FAR);
    this.scene.add((this.walls = wallsOf(walls, front)));
    this.controls = new OrbitControls(this.camera, panel);
    Object.assign(this.controls, { enablePan: false, minPolarAngle: 1.0, maxPolarAngle: 1.75, rotateSpeed: 0.5 });
    this.controls.addEventListener("change", changed);
    this.show(0);
  }

  enter(figure) {
    const geometry = geometryOf(figure);
    const shadow = new Shadow(roundAbout(figure));
    const material = lit(shadow);
    const [body, apart] = [new Mesh(geometry, material), new Scene()];
    const alone = new Mesh(geometry);
    for (const mesh of [body, alone]) mesh.frustumCulled = false;
    apart.add(alone);
    const stand = new Group();
    stand.add(body);
    this.scene.add(stand);
    return { figure, geometry, shadow, material, stand, apart };
  }

  // Where everybody is, and what their face does; who has no motion keeps still.
  pose(people) {
    this.people.forEach(({ figure, geometry, stand }, i) => {
      const { acting, path } = people[i];
      if (acting) {
        figure.pose(acting.weights, acting.turns);
        renew(geometry);
      }
      stand.position.set(...path.position);
      stand.quaternion.setFromAxisAngle(UP, path.heading);
    });
    this.light();
  }

  // Takes the camera to where a shot has it, and its lamps.
  show(number) {
    this.number = number;
    const { position, aim, mirrored, shaded } = this.shots[number];
    this.camera.position.set(...position);
    this.controls.target.set(...aim);
    const distance = this.camera.position.distanceTo(this.controls.target);
    Object.assign(this.controls, { minDistance: 0.4 * distance, maxDistance: 1.6 * distance });
    this.controls.update();
    this.camera.updateMatrixWorld();
    const turn = new Quaternion().copy(this.camera.quaternion);
    this.lamps = DIRECTIONS.map((way) => new Vector3(mirrored ? -way.x : way.x, way.y, way.z).applyQuaternion(turn));
    this.people.forEach(({ material }, i) => (material.uniforms.share.value = i === shaded ? SHADE : 1));
    this.light();
    this.changed();
  }

  light() {
    for (const { material, shadow, stand } of this.people) {
      const [key, fill, rim] = this.lamps;
      material.uniforms.key.value.copy(key);
      material.uniforms.fill.value.copy(fill);
      material.uniforms.rim.value.copy(rim);
      shadow.aim(key.clone().applyQuaternion(stand.quaternion.clone().invert()));
      material.uniforms.shadowMatrix.value.copy(shadow.matrix);
    }
    this.stale = true;
  }

  // What tests look at: the shot, the camera, and where everybody stands.
  seen() {
    const { position, fov } = this.camera;
    const people = this.people.map(({ stand }) => ({ position: stand.position.toArray(), turn: stand.quaternion.toArray() }));
    return { shot: this.number, position: position.toArray(), target: this.controls.target.toArray(), fov, people };
  }

  reset() {
    this.show(this.number);
  }

  // Frames the shot: a narrow picture keeps who matters inside, and shows more above rather than below.
  frame(width, height) {
    const { span, distance, narrowest, focus } = this.shots[this.number];
    const wide = width / height;
    const wider = Math.max(1, narrowest / wide);
    this.camera.fov = (2 * Math.atan((wider * span) / 2 / distance) * 180) / Math.PI;
    this.camera.aspect = wide;
    const aside = (focus * Math.max(0, 1 - wide / this.widest)) / wider;
    const up = (LIFT * (wider - 1)) / wider;
    this.camera.setViewOffset(width, height, aside * height, -up * height, width, height);
    this.camera.updateProjectionMatrix();
  }

  draw(renderer, around) {
    if (this.stale) for (const { shadow, apart } of this.people) shadow.cast(renderer, apart);
    this.stale = false;
    const { left, top, width, height } = this.panel.getBoundingClientRect();
    if (!width || !height) return;
    this.frame(width, height);
    this.walls.position.copy(this.camera.position);
    for (const { material } of this.people) glintFor(this.camera, material);
    const box = [left - around.left, around.bottom - top - height, width, height];
    renderer.setViewport(...box);
    renderer.setScissor(...box);
    renderer.setScissorTest(true);
    renderer.render(this.scene, this.camera);
  }
}
