// The voice of typed lines: what goes into its networks and what comes out, without them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Tensor, type InferenceSession } from "onnxruntime-common";
import { levelled, pronounced, Speech } from "../src/engine/speech.ts";
import { readVoice, type VoiceManifest } from "../src/engine/voice_manifest.ts";

const MANIFEST: VoiceManifest = {
  format: "visavis-voice", version: 1, name: "small", rate: 24000, bins: 2, letters: { a: 5, b: 6 },
  words: { read: ["x", "y"], said: ["a", "b"], longest: 3 },
  bytes: { "description.onnx": 1, "synthesis.onnx": 1, "words.onnx": 1, "reading.zip": 1 },
};
type Feeds = Record<string, Tensor>;

function network(run: (feeds: Feeds) => Feeds): InferenceSession {
  return { run: async (feeds: Feeds) => run(feeds) } as unknown as InferenceSession;
}

function speech(frames: number, seen: Feeds[]): Speech {
  const description = network((feeds) => {
    seen.push(feeds);
    return { lh: new Tensor("float32", new Float32Array(2 * frames), [1, 2, frames]), f0: new Tensor("float32", new Float32Array(frames), [1, frames]) };
  });
  const synthesis = network((feeds) => {
    seen.push(feeds);
    return { sound: new Tensor("float32", new Float32Array(300 * frames).fill(0.5), [1, 300 * frames]) };
  });
  return new Speech(MANIFEST, description, synthesis, { Tensor });
}

const ones = { take: (count: number) => new Float32Array(count).fill(1) };

test("letters are numbered between silences, those that it lacks are left out, and noise has a place in each bin of each frame", async () => {
  const seen: Feeds[] = [];
  const sound = await speech(4, seen).speak("a?b", ones);
  assert.deepEqual([...(seen[0]!.ids!.data as BigInt64Array)], [0n, 5n, 6n, 0n]);
  assert.deepEqual(seen[1]!.noise!.dims, [1, 2, 4, 2]);
  assert.ok(seen[1]!.lh && seen[1]!.f0, "what is described goes on");
  assert.equal(sound.length, 1200);
});

test("what is too short for a sound is none", async () => {
  assert.equal((await speech(2, []).speak("a", ones)).length, 0);
});

test("pieces are as loud as each other, at 16 kHz, with silence after them", () => {
  const hum = (level: number): Float32Array => Float32Array.from({ length: 24000 }, (_, i) => level * Math.sin(i / 20));
  for (const level of [0.01, 0.3]) {
    const whole = levelled(hum(level), 24000, 0.25);
    assert.equal(whole.length, 16000 + 4000);
    const power = whole.subarray(0, 16000).reduce((sum, x) => sum + x * x, 0) / 16000;
    assert.ok(Math.abs(Math.sqrt(power) - 0.09) < 1e-3, String(power));
    assert.ok(whole.subarray(16000).every((x) => x === 0));
  }
  const click = new Float32Array(24000);
  click[12000] = 1;
  assert.ok(levelled(click, 24000, 0).every((x) => Math.abs(x) <= 0.98 + 1e-6));
  assert.equal(levelled(new Float32Array(0), 24000, 0.1).length, 1600);
});

test("an unknown word is said by the network's letters, once each, and one without letters is not", async () => {
  const asked: number[][] = [];
  const words = network(({ chars }) => {
    asked.push(Array.from(chars!.data as BigInt64Array, Number));
    return { ids: new Tensor("int64", BigInt64Array.of(0n, 1n, 1n, 0n, 1n, 2n, 2n), [1, 7]) };
  });
  assert.equal(await pronounced("xy你xyx", MANIFEST.words, words, { Tensor }), "aab");
  assert.deepEqual(asked, [[1, 2, 1]]);
  assert.equal(await pronounced("你好", MANIFEST.words, words, { Tensor }), "");
  assert.equal(asked.length, 1);
});

test("a voice of another version is refused in words", () => {
  assert.equal(readVoice(JSON.stringify(MANIFEST)).rate, 24000);
  assert.throws(() => readVoice(JSON.stringify({ ...MANIFEST, version: 2 })), /version 2, this page speaks with version 1/);
  assert.throws(() => readVoice("{}"), /no voice/);
});
