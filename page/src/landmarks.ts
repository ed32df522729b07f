// 478 landmarks of a face in a picture -> head, eyes and the weights that landmarks can tell.
//
// The head's turn is a rigid fit (Horn 1987, unit quaternions) of points that no expression moves, to those of the
// user's own face at rest. The weights are distances in that face's own frame, in units of the distance between the
// outer corners of the eyes, against rest. Nothing else of the 52 is told: cheeks, lips' rolls and presses, tongue.

import { anglesOf, clip, type Quaternion } from "./posing.ts";

export type Point = readonly [number, number, number];

/** What is told of a face, in this order. */
export const FACE_CHANNELS: readonly string[] = [
  "JawOpen", "MouthPucker", "MouthSmileLeft", "MouthSmileRight", "MouthFrownLeft", "MouthFrownRight",
  "EyeBlinkLeft", "EyeBlinkRight", "BrowInnerUp", "BrowOuterUpLeft", "BrowOuterUpRight", "BrowDownLeft", "BrowDownRight",
  "HeadYaw", "HeadPitch", "HeadRoll", "LeftEyeYaw", "LeftEyePitch", "RightEyeYaw", "RightEyePitch",
];

const RIGID = [
  10, 151, 9, 8, 168, 6, 197, 195, 5, 4, 33, 133, 362, 263, 127, 356, 234, 454, 21, 251, 54, 284, 103, 332, 67, 297, 109, 338,
];
const LEFT = { outer: 263, inner: 362, upper: 386, lower: 374, iris: 473, corner: 291, browInner: 285, browOuter: 300 };
const RIGHT = { outer: 33, inner: 133, upper: 159, lower: 145, iris: 468, corner: 61, browInner: 55, browOuter: 70 };
const [NOSE, CHIN, UPPER_LIP, LOWER_LIP] = [168, 152, 13, 14];
const REST_FRAMES = 20;

/** Landmarks of a picture (x, y in shares of it, z in shares of its width) in a mesh's axes: own left, up, ahead. */
export function inSpace(landmarks: readonly { x: number; y: number; z: number }[], aspect: number): Point[] {
  return landmarks.map(({ x, y, z }) => [x * aspect, -y, -z * aspect]);
}

interface Fit {
  turn: Quaternion;
  /** A point as it would lie in the face at rest. */
  back: (point: Point) => Point;
}

export class FaceReader {
  #seen: Point[][] = [];
  #rest: { points: Point[]; unit: number; level: Quaternion } | null = null;

  /** The face at rest is being learnt: look ahead with a calm face. */
  get learning(): boolean {
    return this.#rest === null;
  }

  forget(): void {
    this.#seen = [];
    this.#rest = null;
  }

  /** Values in the order of FACE_CHANNELS, or null while the face at rest is being learnt. */
  read(points: Point[]): Float32Array | null {
    if (!this.#rest) {
      this.#seen.push(points);
      if (this.#seen.length >= REST_FRAMES) this.#learn();
      return null;
    }
    const { points: rest, unit, level } = this.#rest;
    const { turn, back } = fitted(rest, points.map((point) => rotated(level, point)));
    const now = points.map((point) => back(rotated(level, point)));
    return Float32Array.from([...weights(rest, now, unit), ...anglesOf(turn), ...gaze(now, LEFT), ...gaze(now, RIGHT)]);
  }

  #learn(): void {
    const middle = medians(this.#seen);
    // The head at rest looks ahead and is level, however the camera stands; how far down it looks is taken as it is.
    const across = difference(middle[LEFT.outer]!, middle[RIGHT.outer]!);
    const level = shortestTurn(unitary(across), [1, 0, 0]);
    this.#rest = { points: middle.map((point) => rotated(level, point)), unit: length(across), level };
    this.#seen = [];
  }
}

function weights(rest: Point[], now: Point[], unit: number): number[] {
  const along = (at: (points: Point[]) => number): number => (at(now) - at(rest)) / unit;
  const gap = along((p) => distance(p[UPPER_LIP]!, p[LOWER_LIP]!));
  const chin = along((p) => distance(p[NOSE]!, p[CHIN]!));
  const jaw = clip(0.5 * (gap / 0.36) + 0.5 * (chin / 0.3), 0, 1);
  const narrow = -along((p) => distance(p[LEFT.corner]!, p[RIGHT.corner]!));
  const sides = [LEFT, RIGHT].map((side, i) => {
    const out = along((p) => p[side.corner]![0] - p[NOSE]![0]) * (i ? -1 : 1);
    const raised = along((p) => p[side.corner]![1] - p[NOSE]![1]);
    const up = raised + Math.min(0.22 * jaw, Math.max(0, -raised)); // an open jaw draws the corners down
    return {
      smile: above(up + 0.6 * out, 0.02, 0.13),
      frown: above(-up, 0.025, 0.1),
      blink: above(1 - lidGap(now, side) / lidGap(rest, side), 0.2, 0.75),
      inner: along((p) => p[side.browInner]![1] - p[NOSE]![1]),
      outer: along((p) => p[side.browOuter]![1] - p[NOSE]![1]),
    };
  });
  const [left, right] = sides as [(typeof sides)[0], (typeof sides)[0]];
  return [
    jaw, above(narrow, 0.04, 0.2), left.smile, right.smile, left.frown, right.frown, left.blink, right.blink,
    above((left.inner + right.inner) / 2, 0.02, 0.1), above(left.outer, 0.02, 0.12), above(right.outer, 0.02, 0.12),
    above(-left.inner, 0.015, 0.07), above(-right.inner, 0.015, 0.07),
  ];
}

/** 0 up to `least`, 1 from `most` on. */
function above(value: number, least: number, most: number): number {
  return clip((value - least) / (most - least), 0, 1);
}

function lidGap(p: Point[], side: typeof LEFT): number {
  return distance(p[side.upper]!, p[side.lower]!) / distance(p[side.outer]!, p[side.inner]!);
}

/** Yaw and pitch [rad] of ARKit: the iris between the corners of the eye, on a ball of 0.8 half widths of the eye. */
function gaze(p: Point[], side: typeof LEFT): [number, number] {
  const iris = p[side.iris];
  if (!iris) return [0, 0];
  const half = distance(p[side.outer]!, p[side.inner]!) / 2;
  const at = (axis: 0 | 1): number => (iris[axis] - (p[side.outer]![axis] + p[side.inner]![axis]) / 2) / (0.8 * half);
  return [-Math.asin(clip(at(0), -0.56, 0.56)), -Math.asin(clip(at(1), -0.5, 0.5))];
}

/** The turn, shift and size that bring the points at rest nearest to those that are seen (least squares). */
export function fitted(rest: Point[], seen: Point[], rigid: readonly number[] = RIGID): Fit {
  const [from, to] = [centre(rest, rigid), centre(seen, rigid)];
  const s = [0, 0, 0, 0, 0, 0, 0, 0, 0];
  let [spreadFrom, spreadTo] = [0, 0];
  for (const i of rigid) {
    const [a, b] = [difference(rest[i]!, from), difference(seen[i]!, to)];
    for (let r = 0; r < 3; r++) for (let c = 0; c < 3; c++) s[3 * r + c]! += a[r]! * b[c]!;
    spreadFrom += dot(a, a);
    spreadTo += dot(b, b);
  }
  const turn = greatest(s);
  const scale = Math.sqrt(spreadFrom / (spreadTo || 1));
  const inverse: Quaternion = [turn[0], -turn[1], -turn[2], -turn[3]];
  const back = (point: Point): Point => {
    const [x, y, z] = rotated(inverse, difference(point, to));
    return [x * scale + from[0], y * scale + from[1], z * scale + from[2]];
  };
  return { turn, back };
}

/** Horn's quaternion of correlations s (3 x 3): the eigenvector of the greatest eigenvalue, by iteration. */
function greatest(s: number[]): Quaternion {
  const [xx, xy, xz, yx, yy, yz, zx, zy, zz] = s as [number, number, number, number, number, number, number, number, number];
  const n = [
    [xx + yy + zz, yz - zy, zx - xz, xy - yx],
    [yz - zy, xx - yy - zz, xy + yx, zx + xz],
    [zx - xz, xy + yx, -xx + yy - zz, yz + zy],
    [xy - yx, zx + xz, yz + zy, -xx - yy + zz],
  ];
  const most = Math.max(...n.map((row) => row.reduce((sum, value) => sum + Math.abs(value), 0))) || 1;
  let q = [1, 0, 0, 0];
  for (let round = 0; round < 100; round++) {
    q = n.map((row, i) => row.reduce((sum, value, k) => sum + value * q[k]!, 0) + most * q[i]!);
    const size = Math.hypot(...q);
    q = q.map((value) => value / size);
  }
  return (q[0]! < 0 ? q.map((value) => -value) : q) as unknown as Quaternion;
}

export function rotated([w, x, y, z]: Quaternion, [a, b, c]: Point): Point {
  const [tx, ty, tz] = [2 * (y * c - z * b), 2 * (z * a - x * c), 2 * (x * b - y * a)];
  return [a + w * tx + y * tz - z * ty, b + w * ty + z * tx - x * tz, c + w * tz + x * ty - y * tx];
}

function shortestTurn(from: Point, to: Point): Quaternion {
  const [a, b, c] = cross(from, to);
  const q = [1 + dot(from, to), a, b, c];
  const size = Math.hypot(...q) || 1;
  return q.map((value) => value / size) as unknown as Quaternion;
}

function medians(seen: Point[][]): Point[] {
  const middle = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;
  return seen[0]!.map((_, i) => [0, 1, 2].map((k) => middle(seen.map((points) => points[i]![k]!))) as unknown as Point);
}

function centre(points: Point[], which: readonly number[]): Point {
  const mean = (k: number): number => which.reduce((sum, i) => sum + points[i]![k]!, 0) / which.length;
  return [mean(0), mean(1), mean(2)];
}

const difference = (a: Point, b: Point): Point => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
const cross = (a: Point, b: Point): Point => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
const dot = (a: Point, b: Point): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const length = (a: Point): number => Math.sqrt(dot(a, a));
const distance = (a: Point, b: Point): number => length(difference(a, b));
const unitary = (a: Point): Point => a.map((value) => value / (length(a) || 1)) as unknown as Point;
