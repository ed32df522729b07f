import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ARKIT61 } from "../src/arkit.ts";
import { withoutPackedTextures } from "../src/glb.ts";
import { Recording } from "../src/recording.ts";

test("a recording, for Python to read", () => {
  const recording = new Recording(1280, ["HeadYaw", ...ARKIT61.slice(0, 52)]);
  recording.user(new Int16Array(640).fill(100), 1280 - 320);
  recording.agent(new Int16Array(1600).fill(-200), 1280 + 640);
  recording.frames([0, 1, 3, 4].map((n) => ({ stamp: 1280 + 640 * n, values: new Float32Array(53).fill((n + 1) / 10), heard: null, state: 255 })));
  recording.takeBack(1280 + 640 + 800);
  recording.goOn(1280 + 1920);
  assert.equal(recording.seconds, 0.12);
  writeFileSync(join(process.env.VISAVIS_MESSAGES!, "talk.wav"), recording.wav());
  writeFileSync(join(process.env.VISAVIS_MESSAGES!, "talk.csv"), recording.csv());
});

function glb(json: object): ArrayBuffer {
  const told = new TextEncoder().encode(JSON.stringify(json).padEnd(400));
  const bytes = new Uint8Array(20 + told.length + 12);
  const view = new DataView(bytes.buffer);
  [0x46546c67, 2, bytes.length, told.length, 0x4e4f534a].forEach((value, i) => view.setUint32(4 * i, value, true));
  bytes.set(told, 20);
  view.setUint32(20 + told.length, 4, true);
  return bytes.buffer;
}

test("a head keeps everything but textures that need a transcoder", () => {
  const json = {
    extensionsUsed: ["KHR_texture_basisu", "KHR_mesh_quantization"], extensionsRequired: ["KHR_texture_basisu"], textures: [{}],
    materials: [{ name: "skin", pbrMetallicRoughness: { baseColorTexture: { index: 0 }, roughnessFactor: 0.5 }, normalTexture: { index: 0 } }],
  };
  const file = withoutPackedTextures(glb(json));
  const view = new DataView(file);
  assert.equal(view.getUint32(8, true), file.byteLength);
  const length = view.getUint32(12, true);
  assert.deepEqual(JSON.parse(new TextDecoder().decode(new Uint8Array(file, 20, length))), {
    extensionsUsed: ["KHR_mesh_quantization"], extensionsRequired: [], materials: [{ name: "skin", pbrMetallicRoughness: { roughnessFactor: 0.5 } }],
  });
  assert.equal(view.getUint32(20 + length, true), 4);
  const plain = glb({ asset: {} });
  assert.equal(withoutPackedTextures(plain), plain);
  assert.throws(() => withoutPackedTextures(new TextEncoder().encode("solid cube of some kind").buffer), /no .glb/);
});
