// The model in the page: how calls are made and kept apart, without a network.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Tensor, type InferenceSession } from "onnxruntime-common";
import { read, type Manifest } from "../src/engine/manifest.ts";
import { graphics, median, spare } from "../src/engine/provider.ts";
import { Queue, Talking } from "../src/engine/queue.ts";
import { Normal, Runner } from "../src/engine/runner.ts";

const MANIFEST: Manifest = {
  format: "visavis-onnx", version: 1, model: "small", sample_rate: 16000, fps: 25, hop: 2, warm_up: 1, space: "arkit61", channels: ["JawOpen"],
  mean_face: [0.1], people: ["agent"], noise: 3, networks: [],
  inputs: [
    { name: "agent_speech", kind: "speech", tensor: "agent_speech", shape: [1, 1280], first_frame: 0, known: null },
    { name: "user_motion", kind: "motion", tensor: "user_motion", shape: [1, 2, 1], first_frame: -2, known: "known.user_motion" },
  ],
  labels: [{ name: "state", classes: ["speaking", "listening"] }],
  state: [
    { name: "steps", input: "state.steps", output: "after.steps", shape: [1], type: "int64", initial: 0 },
    { name: "level", input: "state.level", output: "after.level", shape: [1, 2], type: "float32", initial: [-45, -40] },
  ],
};

/** Counts its steps, and gives back what it was given. */
function counting(seen: Record<string, Tensor>[]): InferenceSession {
  const run = async (feeds: Record<string, Tensor>): Promise<Record<string, Tensor>> => {
    seen.push(feeds);
    const steps = (feeds["state.steps"]!.data as BigInt64Array)[0]! + 1n;
    return {
      motion: new Tensor("float32", Float32Array.of(Number(steps), 0.5), [1, 1, 2, 1]),
      state: new Tensor("int64", BigInt64Array.of(1n, 0n), [1, 1, 2]),
      "after.steps": new Tensor("int64", BigInt64Array.of(steps), [1]),
      "after.level": feeds["state.level"]!,
    };
  };
  return { run } as unknown as InferenceSession;
}

test("a call hands over inputs, noise and state, and says what is known", async () => {
  const seen: Record<string, Tensor>[] = [];
  const runner = new Runner(MANIFEST, counting(seen), { Tensor });
  const begin = runner.initState();
  assert.deepEqual([...(begin["state.level"]!.data as Float32Array)], [-45, -40]);
  const sound = new Float32Array(1280).fill(0.25);
  const { drawn, state } = await runner.step({ agent_speech: sound, user_motion: null }, Float32Array.of(1, 2, 3), begin);
  assert.deepEqual(drawn.labels, { state: [1, 0] });
  assert.deepEqual([...drawn.motion], [1, 0.5]);
  assert.deepEqual([...(seen[0]!["known.user_motion"]!.data as Uint8Array)], [0, 0]);
  assert.deepEqual(seen[0]!.user_motion!.dims, [1, 2, 1]);
  assert.equal((seen[0]!.agent_speech!.data as Float32Array)[7], 0.25);
  assert.deepEqual([...(seen[0]!.noise!.data as Float32Array)], [1, 2, 3]);
  await runner.step({ agent_speech: sound, user_motion: Float32Array.of(1, 2) }, Float32Array.of(1, 2, 3), state);
  assert.deepEqual([...(seen[1]!["known.user_motion"]!.data as Uint8Array)], [1, 1]);
  const again = await runner.step({ agent_speech: sound }, Float32Array.of(1, 2, 3), begin);
  assert.equal(again.drawn.motion[0], 1, "the first state is still the first");
});

test("a manifest of another version is refused in words", () => {
  assert.equal(read(JSON.stringify(MANIFEST)).model, "small");
  assert.throws(() => read(JSON.stringify({ ...MANIFEST, version: 2 })), /version 2, this page runs version 1/);
  assert.throws(() => read("{}"), /no exported model/);
});

test("noise is normal, and the same for a seed", () => {
  const numbers = new Normal(5).take(40000);
  const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
  const variance = numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / numbers.length;
  assert.ok(Math.abs(mean) < 0.02 && Math.abs(variance - 1) < 0.03, `${mean} ${variance}`);
  assert.deepEqual(new Normal(5).take(4), numbers.slice(0, 4));
  assert.notDeepEqual(new Normal(6).take(4), numbers.slice(0, 4));
});

test("samples come out in the order in which they came, then silence", () => {
  const queue = new Queue();
  queue.put(Float32Array.of(1, 2, 3));
  queue.put(Float32Array.of(4, 5));
  assert.deepEqual([...queue.take(2)], [1, 2]);
  assert.deepEqual([...queue.take(2)], [3, 4]);
  assert.equal(queue.length, 1);
  assert.deepEqual([...queue.take(3)], [5, 0, 0]);
  assert.equal(queue.length, 0);
  queue.put(Float32Array.of(1, 2, 3, 4));
  queue.keep(2);
  assert.deepEqual([...queue.take(2)], [3, 4]);
});

test("who speaks is heard at once, and silent after a while", () => {
  const talking = new Talking();
  const loud = new Float32Array(640).fill(0.1);
  const quiet = new Float32Array(640);
  assert.equal(talking.hear(quiet), false);
  assert.equal(talking.hear(loud), true);
  assert.equal(talking.changed, true);
  for (let i = 0; i < 11; i++) assert.equal(talking.hear(quiet), true);
  assert.equal(talking.hear(quiet), false);
  assert.equal(talking.changed, true);
});

test("a call has half of the time of its frames", () => {
  assert.equal(spare(1), 20);
  assert.equal(spare(10), 200);
  assert.equal(median([3, 100, 1]), 3);
  assert.equal(median([]), 0);
});

test("what a browser lacks for WebGPU is told", async () => {
  const { why, usable } = await graphics();
  assert.equal(usable, false);
  assert.match(why, /runs on the processor: (this browser has no|there is no graphics card)/);
});
