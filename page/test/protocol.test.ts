import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as protocol from "../src/protocol.ts";

const folder = process.env.VISAVIS_MESSAGES!;

function read(name: string): protocol.Message {
  const data = readFileSync(join(folder, name));
  return protocol.decode(data.buffer.slice(data.byteOffset, data.byteOffset + data.length) as ArrayBuffer);
}

test("what Python packed is read", () => {
  const frames = read("frames.bin");
  assert.deepEqual([frames.kind, frames.sequence, frames.stamp], [protocol.Kind.FRAMES, 3, 4294967040]);
  const { values, states, heard, count, width } = protocol.parseFrames(frames.body);
  assert.deepEqual([...values], Array.from({ length: 122 }, (_, i) => i));
  assert.deepEqual([[...states], heard, count, width], [[1, protocol.NO_STATE], null, 2, 61]);
  const speech = read("speech.bin");
  assert.deepEqual([...protocol.parseAudio(speech.body).samples], [1, -2, 32767]);
  assert.equal(protocol.parseAudio(speech.body).rate, 24000);
  const event = protocol.parseJson(read("event.bin").body);
  assert.deepEqual(event, { type: "speech", text: "grüß dich", end: 9 });
});

test("another version and scraps are refused", () => {
  assert.throws(() => protocol.decode(new ArrayBuffer(5)), /5 bytes/);
  assert.throws(() => protocol.decode(new Uint8Array([67, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]).buffer), /version 9/);
});

test("what the page packs, for Python to read", () => {
  const sound = protocol.audioBody(new Int16Array([5, -6]), 16000);
  writeFileSync(join(folder, "page-speech.bin"), protocol.encode(protocol.Kind.USER_SPEECH, 4, 320, sound));
  const face = protocol.faceBody(new Float32Array([0.25, -1, 3, 4]), 2);
  writeFileSync(join(folder, "page-face.bin"), protocol.encode(protocol.Kind.USER_FACE, 5, 640, face));
  const hello = protocol.jsonBody({ type: "hello", session: null, face: ["JawOpen"] });
  writeFileSync(join(folder, "page-hello.bin"), protocol.encode(protocol.Kind.HELLO, 0, 0, hello));
});
