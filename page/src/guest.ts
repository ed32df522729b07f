// Somebody else's head: a .glb or .vrm file with ARKit shapes (or VRM expressions), read in this browser.

import {
  Bone, Box3, DirectionalLight, HemisphereLight, Mesh, Object3D, PerspectiveCamera, Quaternion, Scene, SkinnedMesh, Vector3,
  type WebGLRenderer,
} from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";
import { GLTFLoader, type GLTF } from "three/addons/loaders/GLTFLoader.js";
import { MeshoptDecoder } from "three/addons/libs/meshopt_decoder.module.js";
import { AT, weightNamed } from "./arkit.ts";
import { withoutPackedTextures } from "./glb.ts";
import type { Head } from "./head.ts";
import type { Face } from "./posing.ts";

export const MOST_BYTES = 80_000_000;
const DISTANCE = 1.1 / 0.325; // of the camera, in spans, as in the player
const AROUND = 2.2; // the picture's height in heights of what the shapes move

/** How much of each ARKit weight makes a VRM expression (visavis.view.rigs.vrm_presets). */
const PRESETS: Record<string, Record<string, number>> = {
  aa: { JawOpen: 1 }, ou: { MouthPucker: 0.8 }, oh: { MouthFunnel: 0.8 },
  ee: { MouthStretchLeft: 0.5, MouthStretchRight: 0.5 }, ih: { MouthDimpleLeft: 0.5, MouthDimpleRight: 0.5 },
  blinkleft: { EyeBlinkLeft: 1 }, blinkright: { EyeBlinkRight: 1 },
  happy: { MouthSmileLeft: 0.4, MouthSmileRight: 0.4 }, sad: { MouthFrownLeft: 0.4, MouthFrownRight: 0.4 },
  angry: { BrowDownLeft: 0.4, BrowDownRight: 0.4 },
  surprised: { BrowInnerUp: 0.3, BrowOuterUpLeft: 0.15, BrowOuterUpRight: 0.15 },
};
const VRM0: Record<string, string> = {
  a: "aa", i: "ih", u: "ou", e: "ee", o: "oh", blink_l: "blinkleft", blink_r: "blinkright", joy: "happy", sorrow: "sad", angry: "angry",
};

interface Bind {
  mesh: Mesh;
  at: number;
  shares: [number, number][]; // ARKit weight, how much
}

interface Turning {
  bone: Object3D;
  rest: Quaternion;
  above: Quaternion; // the parent's turn in the whole, at rest
}

interface VrmExpression {
  node?: number;
  mesh?: number;
  index: number;
  weight: number;
}

interface VrmJson {
  extensions?: {
    VRM?: { humanoid?: { humanBones?: { bone: string; node: number }[] }; blendShapeMaster?: { blendShapeGroups?: { presetName?: string; binds?: VrmExpression[] }[] } };
    VRMC_vrm?: { humanoid?: { humanBones?: Record<string, { node: number }> }; expressions?: { preset?: Record<string, { morphTargetBinds?: VrmExpression[] }> } };
  };
}

/** Rejects for what is no head that can be moved, in words that say what is missing. */
export async function loadGuest(file: File, panel: HTMLElement, changed: () => void): Promise<Head> {
  if (file.size > MOST_BYTES) throw new Error(`${file.name} has ${Math.round(file.size / 1e6)} MB, at most 80`);
  const loader = new GLTFLoader();
  loader.setMeshoptDecoder(MeshoptDecoder);
  const gltf = await loader.parseAsync(withoutPackedTextures(await file.arrayBuffer()), "");
  const binds = await bindsOf(gltf);
  if (!binds.length) throw new Error(`${file.name} has no shapes with ARKit's names (jawOpen, eyeBlinkLeft, ...) and no VRM expressions`);
  return new Guest(file.name.replace(/\.\w+$/, ""), gltf, binds, await turningsOf(gltf), panel, changed);
}

function meshesOf(root: Object3D): Mesh[] {
  const found: Mesh[] = [];
  root.traverse((object) => object instanceof Mesh && found.push(object));
  return found;
}

async function bindsOf(gltf: GLTF): Promise<Bind[]> {
  const named = meshesOf(gltf.scene).flatMap((mesh) =>
    Object.entries(mesh.morphTargetDictionary ?? {}).flatMap(([name, at]): Bind[] => {
      const weight = weightNamed(name);
      return weight < 0 ? [] : [{ mesh, at, shares: [[weight, 1]] }];
    }),
  );
  return named.length >= 10 ? named : [...named, ...(await expressionsOf(gltf))];
}

async function expressionsOf(gltf: GLTF): Promise<Bind[]> {
  const { VRM, VRMC_vrm } = (gltf.parser.json as VrmJson).extensions ?? {};
  const groups: [string, VrmExpression[], number][] = VRMC_vrm
    ? Object.entries(VRMC_vrm.expressions?.preset ?? {}).map(([name, one]) => [name.toLowerCase(), one.morphTargetBinds ?? [], 1])
    : (VRM?.blendShapeMaster?.blendShapeGroups ?? []).map((one) => [VRM0[one.presetName ?? ""] ?? "", one.binds ?? [], 0.01]);
  const found = groups.flatMap(([name, binds, scale]) =>
    binds.map(async ({ node, mesh, index, weight }): Promise<Bind[]> => {
      const shares = Object.entries(PRESETS[name] ?? {}).map(([one, much]): [number, number] => [AT[one]!, much * weight * scale]);
      const object = (await gltf.parser.getDependency(node === undefined ? "mesh" : "node", node ?? mesh ?? 0)) as Object3D;
      return shares.length ? meshesOf(object).map((one) => ({ mesh: one, at: index, shares })) : [];
    }),
  );
  return (await Promise.all(found)).flat();
}

async function turningsOf(gltf: GLTF): Promise<Partial<Record<keyof Face["turns"], Turning>>> {
  const { VRM, VRMC_vrm } = (gltf.parser.json as VrmJson).extensions ?? {};
  const nodes: Record<string, number> = { ...Object.fromEntries((VRM?.humanoid?.humanBones ?? []).map(({ bone, node }) => [bone, node])) };
  for (const [bone, { node }] of Object.entries(VRMC_vrm?.humanoid?.humanBones ?? {})) nodes[bone] = node;
  gltf.scene.updateMatrixWorld(true);
  const found: Partial<Record<keyof Face["turns"], Turning>> = {};
  const wanted = { Head: ["head", /(^|[^a-z])head$/i], LeftEye: ["leftEye", /left_?eye$|eye_?l(eft)?$/i], RightEye: ["rightEye", /right_?eye$|eye_?r(ight)?$/i] } as const;
  for (const [joint, [human, pattern]] of Object.entries(wanted) as [keyof Face["turns"], (typeof wanted)["Head"]][]) {
    const at = nodes[human];
    const bone = at === undefined ? boneNamed(gltf.scene, pattern) : ((await gltf.parser.getDependency("node", at)) as Object3D);
    if (!bone) continue;
    const above = bone.parent?.getWorldQuaternion(new Quaternion()) ?? new Quaternion();
    found[joint] = { bone, rest: bone.quaternion.clone(), above };
  }
  return found;
}

function boneNamed(root: Object3D, pattern: RegExp): Object3D | null {
  let found: Object3D | null = null;
  root.traverse((object) => {
    if (!found && pattern.test(object.name) && (object instanceof Bone || !(object instanceof Mesh))) found = object;
  });
  return found;
}

class Guest implements Head {
  readonly accent = "rgb(120 128 140)";
  readonly name: string;
  readonly #scene = new Scene();
  readonly #camera = new PerspectiveCamera(1, 1, 0.01, 100);
  readonly #controls: OrbitControls;
  readonly #panel: HTMLElement;
  readonly #binds: Bind[];
  readonly #turnings: Partial<Record<keyof Face["turns"], Turning>>;
  readonly #pivot = new Object3D();
  readonly #backwards: boolean;
  #span = 0.3;

  constructor(name: string, gltf: GLTF, binds: Bind[], turnings: Partial<Record<keyof Face["turns"], Turning>>, panel: HTMLElement, changed: () => void) {
    [this.name, this.#binds, this.#turnings, this.#panel] = [name, binds, turnings, panel];
    this.#backwards = Boolean((gltf.parser.json as VrmJson).extensions?.VRM); // VRM 0 looks to -z
    if (this.#backwards) gltf.scene.rotation.y = Math.PI;
    for (const mesh of meshesOf(gltf.scene)) mesh.frustumCulled = false;
    const face = movedBox(binds, gltf.scene);
    const centre = face.getCenter(new Vector3());
    const size = face.getSize(new Vector3());
    this.#span = Math.max(size.x, size.y) * AROUND || 0.3;
    this.#pivot.position.set(centre.x, face.min.y - 0.2 * size.y, centre.z - size.z);
    gltf.scene.position.sub(this.#pivot.position);
    this.#pivot.add(gltf.scene);
    this.#scene.add(this.#pivot, new HemisphereLight(0xdfe6f2, 0x8f7a6c, 1.6));
    for (const [x, y, z, colour, bright] of [[-0.5, 0.62, 0.75, 0xfff2e3, 2.4], [0.85, 0.15, 0.55, 0xb8d6ff, 0.7], [0.55, 0.45, -0.75, 0xfff5ea, 1.5]] as const) {
      const lamp = new DirectionalLight(colour, bright);
      lamp.position.set(x, y, z);
      this.#scene.add(lamp);
    }
    const distance = DISTANCE * this.#span;
    this.#camera.position.set(centre.x, centre.y, centre.z + distance);
    [this.#camera.near, this.#camera.far] = [0.1 * distance, 10 * distance];
    this.#controls = new OrbitControls(this.#camera, panel);
    this.#controls.target.copy(centre);
    Object.assign(this.#controls, { enablePan: false, minDistance: 0.4 * distance, maxDistance: 2 * distance, rotateSpeed: 0.7 });
    this.#controls.addEventListener("change", changed);
    this.#controls.update();
    this.#controls.saveState();
  }

  pose({ weights, turns }: Face): void {
    for (const { mesh, at } of this.#binds) if (mesh.morphTargetInfluences) mesh.morphTargetInfluences[at] = 0;
    for (const { mesh, at, shares } of this.#binds)
      for (const [weight, much] of shares) if (mesh.morphTargetInfluences) mesh.morphTargetInfluences[at]! += much * weights[weight]!;
    if (!this.#turnings.Head) this.#pivot.quaternion.copy(turned(turns.Head, false));
    for (const [joint, { bone, rest, above }] of Object.entries(this.#turnings) as [keyof Face["turns"], Turning][]) {
      const inverse = above.clone().invert();
      bone.quaternion.copy(inverse.multiply(turned(turns[joint], this.#backwards)).multiply(above).multiply(rest));
    }
  }

  draw(renderer: WebGLRenderer, around: DOMRect): void {
    const { left, top, width, height } = this.#panel.getBoundingClientRect();
    if (!width || !height) return;
    const span = this.#span * Math.max(1, (0.94 * height) / width);
    this.#camera.fov = (2 * Math.atan(span / 2 / (DISTANCE * this.#span)) * 180) / Math.PI;
    this.#camera.aspect = width / height;
    this.#camera.updateProjectionMatrix();
    const box = [left - around.left, around.bottom - top - height, width, height] as const;
    renderer.setViewport(...box);
    renderer.setScissor(...box);
    renderer.setScissorTest(true);
    renderer.render(this.#scene, this.#camera);
  }

  resetView(): void {
    this.#controls.reset();
  }

  dispose(): void {
    this.#controls.dispose();
    for (const mesh of meshesOf(this.#scene)) mesh.geometry.dispose();
  }
}

function turned([w, x, y, z]: Face["turns"]["Head"], backwards: boolean): Quaternion {
  return backwards ? new Quaternion(-x, y, -z, w) : new Quaternion(x, y, z, w);
}

/** Where what the shapes move lies. */
function movedBox(binds: Bind[], root: Object3D): Box3 {
  root.updateMatrixWorld(true);
  const box = new Box3();
  const point = new Vector3();
  for (const { mesh, at } of binds) {
    const [offsets, places] = [mesh.geometry.morphAttributes.position?.[at], mesh.geometry.attributes.position];
    if (!offsets || !places) continue;
    for (let i = 0; i < offsets.count; i++) {
      if (Math.abs(offsets.getX(i)) + Math.abs(offsets.getY(i)) + Math.abs(offsets.getZ(i)) < 1e-4) continue;
      point.fromBufferAttribute(places, i);
      if (mesh instanceof SkinnedMesh) mesh.applyBoneTransform(i, point);
      box.expandByPoint(point.applyMatrix4(mesh.matrixWorld));
    }
  }
  return box.isEmpty() ? box.setFromObject(root) : box;
}
