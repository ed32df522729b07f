import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { playerTemplate } from "../player_template.ts";
import { playerPage } from "../src/player.ts";
import { Poser } from "../src/posing.ts";
import { Recording } from "../src/recording.ts";

interface Golden {
  channels: string[];
  agent: number[][];
  user: number[][];
  voices: number[][];
  states: string[];
}

const here = join(import.meta.dirname, "..");
const golden = JSON.parse(readFileSync(process.env.VISAVIS_GOLDEN!, "utf-8")) as Golden;
const files = ["amber", "umber"].map((name) => Uint8Array.from(readFileSync(join(here, "public", "heads", `${name}.bin`))).buffer);
const template = playerTemplate(join(here, "..", "src", "visavis", "assets", "player"));

test("a recording as a page, for Python to read", async () => {
  const recording = new Recording(6400, golden.channels, golden.states);
  const [agent, user] = golden.voices.map((voice) => Int16Array.from(voice));
  recording.agent(agent!, 6400);
  recording.user(user!, 6400);
  const poser = new Poser(golden.channels);
  golden.user.forEach((values, t) => recording.userFace(poser.pose(values), 6400 + 640 * t + 100));
  golden.agent.forEach((values, t) => {
    if (t !== 3) recording.frames([{ stamp: 6400 + 640 * t, values: Float32Array.from(values), heard: null, state: t % 2 }]);
  });
  recording.goOn(6400 + 640 * golden.agent.length);
  const page = await playerPage(template, recording, { files, names: ["Amber", "You"] }, "one <b>&</b> the other $& ${performance}");
  writeFileSync(join(process.env.VISAVIS_MESSAGES!, "talk.html"), page);
});

test("a recording of nothing but time shows heads that rest", async () => {
  const recording = new Recording(0, golden.channels);
  recording.goOn(1000);
  const page = await playerPage(template, recording, { files, names: ["Amber", "You"] }, "nothing");
  assert.match(page, /<title>nothing<\/title>/);
});

test("a template without a place is no player", async () => {
  await assert.rejects(playerPage("<p>", new Recording(0, []), { files, names: [] }, ""), /no place for a recording/);
});
