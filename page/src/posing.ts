// A frame of named channels -> what turns and bends a head, as visavis.view.posing and people.settle do it.

import { ANGLES, ARKIT_WEIGHTS, AT } from "./arkit.ts";

const FULL_LOOK = { yaw: 0.6, down: 0.6, up: 0.45 }; // [rad] of a full look weight
const [MOST_TURN, MOST_GAZE] = [1.0, 0.62]; // [rad]
const [BEHIND_LIP, LEAVES, LEAVING] = [0.15, 0.3, 0.25]; // of a tongue, as in settle.py

export type Quaternion = readonly [number, number, number, number]; // w, x, y, z

export interface Face {
  /** In the order of ARKIT_WEIGHTS, in [0, 1]. */
  weights: Float32Array;
  turns: { Head: Quaternion; LeftEye: Quaternion; RightEye: Quaternion };
}

/** Reads frames whose channels have names; what is missing rests. */
export class Poser {
  readonly #weights: number[];
  readonly #angles: number[];
  #eyesTurn = false;

  constructor(channels: readonly string[]) {
    this.#weights = ARKIT_WEIGHTS.map((name) => channels.indexOf(name));
    this.#angles = ANGLES.map((name) => channels.indexOf(name));
  }

  pose(frame: ArrayLike<number>): Face {
    const value = (at: number): number => (at < 0 ? 0 : frame[at]!);
    const weights = Float32Array.from(this.#weights, (at) => clip(value(at), 0, 1));
    const angles = this.#angles.map(value);
    const head = angles.slice(0, 3).map((angle) => clip(angle, -MOST_TURN, MOST_TURN));
    // Angles of the eyes lead as soon as there are any, as in a recording that has them.
    this.#eyesTurn ||= [3, 4, 6, 7].some((at) => angles[at] !== 0);
    const eyes = this.#eyesTurn ? [angles[3]!, angles[4]!, angles[6]!, angles[7]!] : looks(weights);
    const [leftYaw, leftPitch, rightYaw, rightPitch] = eyes.map((angle) => clip(angle, -MOST_GAZE, MOST_GAZE));
    return {
      weights,
      turns: {
        Head: jointTurn(head[0]!, head[1]!, head[2]!),
        LeftEye: jointTurn(leftYaw!, leftPitch!, 0),
        RightEye: jointTurn(rightYaw!, rightPitch!, 0),
      },
    };
  }
}

/** The eyes' angles [rad] that the look weights mean: left yaw, left pitch, right yaw, right pitch. */
function looks(w: Float32Array): number[] {
  return ["Left", "Right"].flatMap((side) => {
    const at = (name: string): number => w[AT[`EyeLook${name}${side}`]!]!;
    const inwards = (at("In") - at("Out")) * (side === "Left" ? 1 : -1);
    return [FULL_LOOK.yaw * inwards, FULL_LOOK.down * at("Down") - FULL_LOOK.up * at("Up")];
  });
}

/** Yaw, pitch, roll [rad] of ARKit, whose x points to the own right -> a turn of a mesh, whose x points to the own left. */
export function jointTurn(yaw: number, pitch: number, roll: number): Quaternion {
  const [cy, sy, cx, sx] = [Math.cos(yaw / 2), Math.sin(yaw / 2), Math.cos(pitch / 2), Math.sin(pitch / 2)];
  const [c, s] = [Math.cos(roll / 2), Math.sin(roll / 2)];
  const [w, x, y, z] = [cy * cx, cy * sx, sy * cx, -sy * sx];
  return [w * c - z * s, x * c + y * s, -(y * c - x * s), -(z * c + w * s)];
}

/** The inverse: yaw, pitch, roll [rad] of ARKit. */
export function anglesOf([w, x, my, mz]: Quaternion): [number, number, number] {
  const [y, z] = [-my, -mz];
  const pitch = Math.asin(clip(2 * (w * x - y * z), -1, 1));
  const yaw = Math.atan2(2 * (x * z + w * y), 1 - 2 * (x * x + y * y));
  const roll = Math.atan2(2 * (x * y + w * z), 1 - 2 * (x * x + z * z));
  return [yaw, pitch, roll];
}

/** Weights that the project's own faces can hold, see settle.py; changed in place. */
export function settle(w: Float32Array): Float32Array {
  const get = (name: string): number => w[AT[name]!]!;
  const set = (name: string, value: number): void => void (w[AT[name]!] = value);
  for (const side of ["Left", "Right"]) {
    const awake = 1 - get(`EyeBlink${side}`);
    const squint = get(`EyeSquint${side}`);
    const raised = 0.55 * get(`CheekSquint${side}`) + 0.35 * get(`MouthSmile${side}`);
    const narrowed = (squint + (1 - squint) * Math.min(raised, 0.7)) * awake;
    set(`EyeSquint${side}`, narrowed);
    set(`EyeWide${side}`, get(`EyeWide${side}`) * (1 - narrowed) * (1 - 0.7 * get(`EyeLookUp${side}`)));
    for (const [one, other] of [["EyeLookDown", "EyeLookUp"], ["EyeLookIn", "EyeLookOut"]]) {
      const shared = Math.min(get(one + side), get(other + side));
      set(one + side, get(one + side) - shared);
      set(other + side, get(other + side) - shared);
    }
    for (const name of ["EyeLookDown", "EyeLookUp", "EyeWide"]) set(name + side, get(name + side) * awake);
    share(w, ["Smile", "Stretch", "Dimple"].map((name) => AT[`Mouth${name}${side}`]!), 1.25);
  }
  share(w, [AT.MouthPucker!, AT.MouthFunnel!], 1.15);
  const jaw = get("JawOpen");
  set("MouthClose", Math.min(get("MouthClose"), jaw));
  const out = get("TongueOut") * softStep((jaw - get("MouthClose")) / 0.35);
  set("TongueOut", BEHIND_LIP * Math.min(out / LEAVES, 1) + (1 - BEHIND_LIP) * softStep((out - LEAVES) / LEAVING));
  return w;
}

function share(w: Float32Array, rows: number[], most: number): void {
  const scale = most / Math.max(rows.reduce((total, row) => total + w[row]!, 0), most);
  for (const row of rows) w[row]! *= scale;
}

export function clip(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

function softStep(x: number): number {
  const inside = clip(x, 0, 1);
  return inside * inside * (3 - 2 * inside);
}
