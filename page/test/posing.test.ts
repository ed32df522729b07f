import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ARKIT61, ARKIT_WEIGHTS, weightNamed } from "../src/arkit.ts";
import { anglesOf, jointTurn, Poser, settle } from "../src/posing.ts";
import { near } from "./near.ts";

interface Golden {
  channels: string[];
  frames: number[][];
  weights: number[][];
  settled: number[][];
  turns: Record<"Head" | "LeftEye" | "RightEye", number[][]>;
  look: { frame: number[]; turns: Record<"LeftEye" | "RightEye", number[]> };
  spellings: Record<string, string | null>;
}

const golden = JSON.parse(readFileSync(process.env.VISAVIS_GOLDEN!, "utf8")) as Golden;

test("heads are posed as the package poses them", () => {
  assert.deepEqual(golden.channels, [...ARKIT61]);
  const poser = new Poser(golden.channels);
  golden.frames.forEach((frame, i) => {
    const { weights, turns } = poser.pose(frame);
    near(weights, golden.weights[i]!, 1e-6);
    for (const joint of ["Head", "LeftEye", "RightEye"] as const) near(turns[joint], golden.turns[joint][i]!, 1e-6);
    near(settle(weights.slice()), golden.settled[i]!, 1e-6);
  });
});

test("eyes look by their weights where no angle is told, and channels may come in any order", () => {
  const order = [...golden.channels].reverse();
  const { turns } = new Poser(order).pose([...golden.look.frame].reverse());
  for (const eye of ["LeftEye", "RightEye"] as const) near(turns[eye], golden.look.turns[eye], 1e-6);
  const rest = new Poser(["JawOpen"]).pose([0.5]);
  assert.equal(rest.weights[ARKIT_WEIGHTS.indexOf("JawOpen")], 0.5);
  near(rest.turns.Head, [1, 0, 0, 0], 0);
});

test("angles come back from turns", () => {
  near(anglesOf(jointTurn(0.4, -0.3, 0.2)), [0.4, -0.3, 0.2], 1e-9);
});

test("spellings mean what the package says they mean", () => {
  for (const [spelling, name] of Object.entries(golden.spellings))
    assert.equal(weightNamed(spelling), name === null ? -1 : ARKIT_WEIGHTS.indexOf(name), spelling);
});
