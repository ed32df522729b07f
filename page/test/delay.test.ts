import assert from "node:assert/strict";
import { test } from "node:test";
import { correlation, DelayMeter } from "../src/delay.ts";

const levels = Array.from({ length: 900 }, (_, i) => 0.1 * Math.abs(Math.sin(i / 9) * Math.sin(i / 31 + 1)));

test("the delay of a voice is found, and silence tells none", () => {
  const meter = new DelayMeter(100, 300);
  const late = [...Array.from({ length: 37 }, () => 0.001), ...levels].map((value) => 0.6 * value);
  for (let at = 0; at + 64 <= 256; at += 64) meter.add(new Float32Array(64), new Float32Array(64));
  assert.equal(meter.delay, null);
  for (let at = 0; at + 64 <= levels.length; at += 64) meter.add(levels.slice(at, at + 64), late.slice(at, at + 64));
  assert.equal(meter.delay, 37);
});

test("what has nothing to do with the voice is no delay", () => {
  const meter = new DelayMeter(100, 300);
  let seed = 1;
  const noise = levels.map(() => (seed = (seed * 16807) % 2147483647) / 2147483647);
  for (let at = 0; at + 64 <= levels.length; at += 64) meter.add(levels.slice(at, at + 64), noise.slice(at, at + 64));
  assert.equal(meter.delay, null);
});

test("correlation is 1 for the same, -1 for the opposite, 0 for what does not change", () => {
  assert.ok(Math.abs(correlation([1, 2, 4], [3, 5, 9]) - 1) < 1e-12);
  assert.ok(Math.abs(correlation([1, 2, 4], [-1, -2, -4]) + 1) < 1e-12);
  assert.equal(correlation([1, 2, 4], [2, 2, 2]), 0);
});
