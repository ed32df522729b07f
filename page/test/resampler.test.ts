import assert from "node:assert/strict";
import { test } from "node:test";
import { Resampler } from "../src/resampler.ts";
import { near } from "./near.ts";

const tone = (hertz: number, rate: number, count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => Math.sin((2 * Math.PI * hertz * i) / rate));

for (const [from, to] of [[48000, 16000], [44100, 16000], [16000, 48000], [24000, 44100]] as const) {
  test(`a tone stays where it is from ${from} to ${to} Hz, however the sound is cut`, () => {
    const given = tone(1000, from, from / 4);
    const whole = new Resampler(from, to).push(given);
    const cut = new Resampler(from, to);
    const pieces: number[] = [];
    for (let at = 0, size = 1; at < given.length; at += size, size = (size * 7 + 3) % 400) pieces.push(...cut.push(given.slice(at, at + size)));
    near(pieces, whole, 0);
    const expected = tone(1000, to, whole.length);
    near(whole.slice(500), expected.slice(500), 2e-4);
    const missing = (given.length * to) / from - whole.length;
    assert.ok(Math.abs(missing - cut.delay * to) < 2, `${missing} samples are missing`);
  });
}

test("what 16 kHz cannot hold does not come back as another tone", () => {
  const folded = new Resampler(48000, 16000).push(tone(9500, 48000, 24000)).slice(200);
  assert.ok(Math.max(...folded.map(Math.abs)) < 1e-3);
});

test("the same rate is let through at once", () => {
  near(new Resampler(16000, 16000).push(Float32Array.of(1, 2, 3)), [1, 2, 3], 0);
});
