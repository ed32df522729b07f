// The voice of typed lines: what goes into its networks and what comes out, without them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Tensor, type InferenceSession } from "onnxruntime-common";
import { levelled, pronounced, Speech } from "../src/engine/speech.ts";
import { Voice } from "../src/engine/voice.ts";
import { readVoice, type VoiceManifest } from "../src/engine/voice_manifest.ts";
import type { Asked, Told } from "../src/engine/voice_worker.ts";

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

/** What stands for the thread of the voice. */
class Thread {
  static made: Thread[] = [];
  onmessage: (event: { data: Told }) => void = () => undefined;
  asked: Asked[] = [];
  ended = false;

  constructor() {
    Thread.made.push(this);
  }

  postMessage(asked: Asked): void {
    this.asked.push(asked);
  }

  terminate(): void {
    this.ended = true;
  }

  tell(...told: Told[]): void {
    for (const data of told) this.onmessage({ data });
  }
}

function voice(): { voice: Voice; heard: string[]; notes: string[]; problems: string[]; thread: () => Thread } {
  Object.assign(globalThis, { Worker: Thread, location: { search: "" } });
  const [heard, notes, problems] = [[], [], []] as string[][];
  const made = new Voice("small", "http://here/engine/", {
    piece: (text) => heard!.push(text), note: (text) => notes!.push(text), problem: (text) => problems!.push(text),
  });
  return { voice: made, heard: heard!, notes: notes!, problems: problems!, thread: () => Thread.made.at(-1)! };
}

function piece(turn: number, text: string, drawn_s: number): Told {
  return { kind: "piece", turn, text, sound: new Float32Array(16000), drawn_s };
}

test("a line that is typed fetches the voice, and what is waited for is told", () => {
  const { voice: one, notes, heard, thread } = voice();
  one.open();
  thread().tell({ kind: "loading", bytes: 1e6, of: 14e6 });
  assert.deepEqual(notes, [], "nobody waits yet");
  one.say("Hello.");
  thread().tell({ kind: "loading", bytes: 3e6, of: 14e6 }, { kind: "loading", bytes: 14e6, of: 14e6 }, { kind: "ready" }, piece(0, "Hello.", 0.1));
  assert.match(notes.join("\n"), /^The voice is on its way …\n.*: 3 of 14 MB …\n.*being made ready …\n$/);
  assert.deepEqual(heard, ["Hello."]);
  assert.deepEqual(thread().asked.map(({ kind }) => kind), ["open", "say"]);
});

test("what was stopped is not heard, and what is typed then is", () => {
  const { voice: one, heard, thread } = voice();
  one.say("One. Two.");
  thread().tell({ kind: "ready" }, piece(0, "One.", 0.1));
  one.stop();
  one.say("Three.");
  thread().tell(piece(0, "Two.", 0.1), piece(1, "Three.", 0.1));
  assert.deepEqual(heard, ["One.", "Three."]);
});

test("a machine that is too slow is told once, words that cannot be said each time", () => {
  const { voice: one, problems, thread } = voice();
  one.say("One.");
  thread().tell({ kind: "ready" }, piece(0, "One.", 2), piece(0, "Two.", 2), { kind: "unsayable", words: ["你好"], all: false }, { kind: "unsayable", words: [], all: true });
  assert.equal(problems.length, 3);
  assert.match(problems[0]!, /slower than it speaks, at 0.5 of its pace/);
  assert.match(problems[1]!, /cannot say “你好”, and leaves it out/);
  assert.match(problems[2]!, /nothing in this line to be said: write it in English letters/);
});

test("a voice that does not speak says why, and the next line tries again", () => {
  const { voice: one, problems, heard, thread } = voice();
  one.say("One.");
  one.stop();
  const first = thread();
  first.tell({ kind: "failed", text: "/voice.json is not there (404)" });
  assert.match(problems[0]!, /does not speak in this browser: \/voice.json is not there/);
  assert.ok(first.ended);
  one.say("Two.");
  assert.notEqual(thread(), first);
  assert.equal(thread().asked.findLast((asked) => asked.kind === "say")?.turn, 0, "as a new thread begins");
  thread().tell({ kind: "ready" }, piece(0, "Two.", 0.1));
  assert.deepEqual(heard, ["Two."]);
});
