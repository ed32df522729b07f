import assert from "node:assert/strict";
import { test } from "node:test";
import { FACE_CHANNELS, FaceReader, fitted, inSpace, rotated, type Point } from "../src/landmarks.ts";
import { jointTurn } from "../src/posing.ts";
import { near } from "./near.ts";

/** A made-up face [m]: own left, up, ahead. What is not named lies on a bowl. */
function face(changes: Record<number, Point> = {}): Point[] {
  const points = Array.from({ length: 478 }, (_, i): Point => {
    const [turn, out] = [2.4 * i, 0.07 * Math.sqrt(i / 478)];
    const [x, y] = [out * Math.cos(turn), 1.3 * out * Math.sin(turn)];
    return [x, y, 0.04 - 6 * (x * x + 0.5 * y * y)];
  });
  const eye = (sign: number, outer: number, inner: number, upper: number, lower: number, iris: number): void => {
    points[outer] = [sign * 0.045, 0.03, 0.02];
    points[inner] = [sign * 0.017, 0.03, 0.024];
    points[upper] = [sign * 0.031, 0.0345, 0.03];
    points[lower] = [sign * 0.031, 0.0255, 0.03];
    points[iris] = [sign * 0.031, 0.03, 0.03];
  };
  eye(1, 263, 362, 386, 374, 473);
  eye(-1, 33, 133, 159, 145, 468);
  const named: Record<number, Point> = {
    168: [0, 0.03, 0.045], 152: [0, -0.085, 0.03], 13: [0, -0.04, 0.05], 14: [0, -0.0405, 0.05], 291: [0.025, -0.04, 0.04], 61: [-0.025, -0.04, 0.04],
    285: [0.012, 0.05, 0.04], 55: [-0.012, 0.05, 0.04], 300: [0.05, 0.052, 0.025], 70: [-0.05, 0.052, 0.025], ...changes,
  };
  for (const [i, point] of Object.entries(named)) points[Number(i)] = point;
  return points;
}

const seen = (points: Point[], turn = jointTurn(0, 0, 0), scale = 1.7, shift: Point = [0.5, -0.4, 0.1]): Point[] =>
  points.map((point) => rotated(turn, point).map((value, k) => scale * value + shift[k]!) as unknown as Point);

function told(points: Point[]): Record<string, number> {
  const reader = new FaceReader();
  for (let i = 0; i < 20; i++) assert.equal(reader.read(seen(face())), null);
  assert.equal(reader.learning, false);
  const values = reader.read(points)!;
  return Object.fromEntries(FACE_CHANNELS.map((name, i) => [name, values[i]!]));
}

test("a face at rest rests", () => {
  for (const [name, value] of Object.entries(told(seen(face())))) assert.ok(Math.abs(value) < 0.01, `${name} ${value}`);
});

test("the head's turn is found, whatever the face does, wherever and how large it is", () => {
  const open = face({ 14: [0, -0.06, 0.05], 152: [0, -0.105, 0.03], 291: [0.03, -0.035, 0.04] });
  const values = told(seen(open, jointTurn(0.4, -0.25, 0.15), 0.9, [-0.2, 0.3, 0]));
  near([values.HeadYaw!, values.HeadPitch!, values.HeadRoll!], [0.4, -0.25, 0.15], 1e-3);
  assert.ok(values.JawOpen! > 0.3);
});

test("a camera that hangs crooked is a level head", () => {
  const reader = new FaceReader();
  const crooked = jointTurn(0, 0, 0.3);
  for (let i = 0; i < 20; i++) reader.read(seen(face(), crooked));
  near(reader.read(seen(face(), crooked))!.slice(13, 16), [0, 0, 0], 1e-3);
});

test("each movement is told by its name, and on its own side", () => {
  const moved: [string, Record<number, Point>, string[]][] = [
    ["JawOpen", { 14: [0, -0.085, 0.05], 152: [0, -0.123, 0.03] }, ["MouthSmileLeft", "EyeBlinkLeft", "BrowInnerUp"]],
    ["MouthSmileLeft", { 291: [0.031, -0.03, 0.038] }, ["MouthSmileRight", "MouthFrownLeft", "MouthPucker", "JawOpen"]],
    ["MouthFrownRight", { 61: [-0.025, -0.049, 0.04] }, ["MouthFrownLeft", "MouthSmileRight"]],
    ["MouthPucker", { 291: [0.016, -0.04, 0.045], 61: [-0.016, -0.04, 0.045] }, ["MouthSmileLeft", "JawOpen"]],
    ["EyeBlinkLeft", { 386: [0.031, 0.027, 0.03] }, ["EyeBlinkRight"]],
    ["EyeBlinkRight", { 159: [-0.031, 0.027, 0.03] }, ["EyeBlinkLeft"]],
    ["BrowInnerUp", { 285: [0.012, 0.058, 0.04], 55: [-0.012, 0.058, 0.04] }, ["BrowDownLeft", "BrowOuterUpLeft"]],
    ["BrowOuterUpLeft", { 300: [0.05, 0.061, 0.025] }, ["BrowOuterUpRight", "BrowInnerUp"]],
    ["BrowDownRight", { 55: [-0.012, 0.044, 0.04] }, ["BrowDownLeft", "BrowInnerUp"]],
  ];
  for (const [name, changes, others] of moved) {
    const values = told(seen(face(changes)));
    assert.ok(values[name]! > 0.6, `${name} is ${values[name]}`);
    for (const other of others) assert.ok(values[other]! < 0.15, `${other} is ${values[other]} in ${name}`);
  }
});

test("eyes look where the irises are: to the own right and down is above zero", () => {
  const values = told(seen(face({ 473: [0.028, 0.027, 0.03], 468: [-0.034, 0.027, 0.03] })));
  for (const side of ["Left", "Right"]) {
    assert.ok(values[`${side}EyeYaw`]! > 0.2 && values[`${side}EyeYaw`]! < 0.4);
    assert.ok(values[`${side}EyePitch`]! > 0.2 && values[`${side}EyePitch`]! < 0.4);
  }
});

test("pictures become space: x to the own left, y up, z ahead, with the same unit", () => {
  near(inSpace([{ x: 0.5, y: 0.25, z: -0.1 }], 2)[0]!, [1, -0.25, 0.2], 1e-12);
});

test("a fit undoes what was done to a face", () => {
  const rest = face();
  const { back } = fitted(rest, seen(rest, jointTurn(0.5, 0.2, -0.4)));
  rest.forEach((point, i) => near(back(seen(rest, jointTurn(0.5, 0.2, -0.4))[i]!), point, 1e-6));
});
