// A recording as one .html file that plays anywhere: the package's player, both heads, what they did and what was said.

import { ARKIT_WEIGHTS, AT } from "./arkit.ts";
import { Pack, type Entry } from "./pack.ts";
import { anglesOf, settle, type Face } from "./posing.ts";
import { FPS, wavOf, type Recording } from "./recording.ts";
import { OTHER_STATE, STATE_COLOURS } from "./states.ts";
import { FRAME } from "./timeline.ts";

const [LEAST_JAW, LEAST_ANGLE] = [0.3, 10]; // curves reach at least so far, as in embed.py
const [NEAR, FAR] = [0.9, 0.35]; // how loud each voice is on its own side and on the other
const [BREAK, HEARD] = [7, 0.25]; // frames of a pause within a voice; the least level of one

interface Head {
  accent: number[];
  shapes: string[];
  figure: { joints: { name: string }[] };
}

/** People stand from left to right: the agent, the user. `files`: their packed heads. `template`: see vite.config.ts. */
export async function playerPage(
  template: string, recording: Recording, people: { files: ArrayBuffer[]; names: string[] }, title: string,
): Promise<string> {
  const { agent, states, user } = recording.performance();
  const pack = new Pack();
  const voices = [recording.voice(true), recording.voice(false)].map((voice) => lasting(voice, recording.frameCount * FRAME));
  const faces = [agent, user].map(whole);
  const told = await Promise.all(people.files.map(unpacked));
  const heads = told.map(({ head, arrays }, i) => ({
    label: people.names[i],
    accent: head.accent,
    figure: moved(head.figure, pack.addAll(arrays)),
    acting: acting(pack, head, faces[i]!),
    voice: heard(pack, voices[i]!),
    ...(i === 0 && states.some(Boolean) ? { state: banded(pack, states) } : {}),
  }));
  const sound = { ...pack.add(mixed(voices), [44 + 4 * voices[0]!.length]), mime: "audio/wav" };
  const performance = await pack.text({
    fps: FPS, frames: recording.frameCount, levelsPerSecond: FPS, sound, people: heads, curves: curves(pack, faces),
  });
  const [before, after] = parted(template, "${performance}");
  return before.replaceAll("${title}", () => escaped(title)) + performance + after;
}

/** Before the first face there is that one; a head of which nothing is known rests. */
function whole(faces: (Face | null)[]): Face[] {
  const still = [1, 0, 0, 0] as const;
  const rest: Face = { weights: new Float32Array(ARKIT_WEIGHTS.length), turns: { Head: still, LeftEye: still, RightEye: still } };
  const first = faces.find(Boolean) ?? rest;
  return faces.map((face) => face ?? first);
}

async function unpacked(file: ArrayBuffer): Promise<{ head: Head; arrays: Uint8Array }> {
  const stream = new Blob([file]).stream().pipeThrough(new DecompressionStream("gzip"));
  const buffer = await new Response(stream).arrayBuffer();
  const length = new DataView(buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length))) as Head;
  return { head, arrays: new Uint8Array(buffer, 4 + length) };
}

/** What refers to arrays of one pack -> the same in another, where they begin later. */
function moved(told: unknown, by: number): unknown {
  if (Array.isArray(told)) return told.map((one) => moved(one, by));
  if (typeof told !== "object" || told === null) return told;
  if ("kind" in told) return { ...told, at: (told as Entry).at + by };
  return Object.fromEntries(Object.entries(told).map(([name, one]) => [name, moved(one, by)]));
}

function acting(pack: Pack, { shapes, figure }: Head, faces: Face[]): object {
  const frames = faces.length;
  const held = faces.map(({ weights }) => settle(weights.slice()));
  const weights = new Float32Array(shapes.length * frames);
  shapes.forEach((shape, i) => {
    const from = ARKIT_WEIGHTS.indexOf(shape);
    if (from >= 0) held.forEach((values, t) => (weights[i * frames + t] = values[from]!));
  });
  const turns = new Int16Array(figure.joints.length * 4 * frames);
  figure.joints.forEach(({ name }, j) =>
    faces.forEach((face, t) => {
      const turn = face.turns[name as keyof Face["turns"]] ?? [1, 0, 0, 0];
      for (let k = 0; k < 4; k++) turns[(4 * j + k) * frames + t] = Math.round(32767 * turn[k]!);
    }),
  );
  return { weights: pack.addScaled(weights, [shapes.length, frames]), turns: pack.add(turns, [figure.joints.length, 4, frames]) };
}

function curves(pack: Pack, faces: Face[][]): object[] {
  const degrees = 180 / Math.PI;
  const rows = (value: (face: Face) => number): Float32Array[] => faces.map((some) => Float32Array.from(some, value));
  const most = (lines: Float32Array[], least: number): number => lines.reduce((high, line) => line.reduce((max, value) => Math.max(max, Math.abs(value)), high), least);
  const packed = (lines: Float32Array[]): Entry[] => lines.map((line) => pack.addScaled(line, [line.length]));
  const jaw = rows(({ weights }) => weights[AT.JawOpen!]!);
  const pitch = rows(({ turns }) => degrees * anglesOf(turns.Head)[1]);
  const yaw = rows(({ turns }) => degrees * anglesOf(turns.Head)[0]);
  const [down, aside] = [most(pitch, LEAST_ANGLE), most(yaw, LEAST_ANGLE)];
  return [
    { name: "jaw", low: 0, high: most(jaw, LEAST_JAW), lines: packed(jaw) },
    { name: "pitch", low: down, high: -down, lines: packed(pitch) },
    { name: "yaw", low: -aside, high: aside, lines: packed(yaw) },
  ];
}

function banded(pack: Pack, states: string[]): object {
  const told = states.map((state) => state || "waiting");
  const names = [...Object.keys(STATE_COLOURS), ...new Set(told.filter((state) => !STATE_COLOURS[state]))].filter((name) => told.includes(name));
  const values = pack.add(Uint16Array.from(told, (state) => names.indexOf(state)), [told.length]);
  return { values, names, colours: names.map((name) => STATE_COLOURS[name] ?? OTHER_STATE) };
}

/** How loud a voice is in each frame, and where it is heard: as in soundtrack.py. */
export function heard(pack: Pack, voice: Int16Array): object {
  const loudness = Array.from({ length: Math.ceil(voice.length / FRAME) }, (_, t) => {
    let sum = 0;
    for (const sample of voice.subarray(t * FRAME, (t + 1) * FRAME)) sum += (sample / 32768) ** 2;
    return 10 * Math.log10(sum / FRAME + 1e-12);
  });
  const sorted = loudness.slice().sort((a, b) => a - b);
  const top = Math.max(quantile(sorted, 0.98), -40);
  const low = Math.min(Math.max(top - 32, quantile(sorted, 0.1) + 6), top - 12);
  const levels = loudness.map((value) => Math.min(Math.max((value - low) / (top - low), 0), 1));
  const speaking = Uint8Array.from(levels, (level) => Number(level > HEARD));
  let last = -Infinity;
  levels.forEach((level, t) => {
    if (level <= HEARD) return;
    if (t - last <= BREAK) speaking.fill(1, last, t);
    last = t;
  });
  const bytes = Uint8Array.from(levels, (level) => Math.round(255 * level));
  return { levels: pack.add(bytes, [bytes.length]), speaking: pack.add(speaking, [speaking.length]) };
}

function quantile(sorted: number[], share: number): number {
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)] ?? -120, sorted[Math.ceil(place)] ?? -120];
  return below + (place - Math.floor(place)) * (above - below);
}

function lasting(voice: Int16Array, length: number): Int16Array {
  const whole = new Int16Array(length);
  whole.set(voice.subarray(0, length));
  return whole;
}

/** Each voice leans to the side of its head. */
function mixed([first, second]: Int16Array[]): Uint8Array<ArrayBuffer> {
  const side = (near: Int16Array, far: Int16Array): Float32Array => Float32Array.from(near, (sample, i) => NEAR * sample + FAR * far[i]!);
  const sides = [side(first!, second!), side(second!, first!)];
  const loudest = sides.reduce((most, one) => one.reduce((max, value) => Math.max(max, Math.abs(value)), most), 32767);
  const [left, right] = sides.map((one) => Int16Array.from(one, (value) => Math.round((value * 32767) / loudest)));
  return wavOf(left!, right!);
}

function parted(text: string, place: string): [string, string] {
  const at = text.indexOf(place);
  if (at < 0) throw new Error("the player of this server has no place for a recording");
  return [text.slice(0, at), text.slice(at + place.length)];
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
