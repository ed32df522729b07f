// The voice of typed lines, in a thread of its own: opened once, then line after line, piece after piece.

import type { InferenceSession } from "onnxruntime-common";
import { fetched, loaded } from "./fetching.ts";
import { opened, runtime, threadsHere } from "./provider.ts";
import { Reader, type Piece } from "./reader.ts";
import { Normal } from "./runner.ts";
import { levelled, pronounced, Speech } from "./speech.ts";
import { FILES, readVoice, type File } from "./voice_manifest.ts";

export type Asked = { kind: "open"; base: string; threads: number } | { kind: "say"; text: string; turn: number } | { kind: "read"; text: string } | { kind: "stop"; turn: number };

export type Told =
  | { kind: "loading"; bytes: number; of: number }
  | { kind: "ready" }
  /** sound: at 16 kHz, its pause included; `drawn_s`: what it took. */
  | { kind: "piece"; turn: number; text: string; sound: Float32Array; drawn_s: number }
  | { kind: "read"; pieces: Piece[] }
  | { kind: "unsayable"; words: string[]; all: boolean }
  | { kind: "failed"; text: string };

interface Opened {
  reader: Reader;
  speech: Speech;
  rate: number;
}

const scope = self as unknown as { postMessage(told: Told, moved?: Transferable[]): void; onmessage: ((event: MessageEvent<Asked>) => void) | null };
const normal = new Normal(1 + Math.floor(Math.random() * 2 ** 31));
let voice: Promise<Opened> | null = null;
let turn = 0;
let lines = Promise.resolve(); // they follow one another

scope.onmessage = ({ data }) => {
  if (data.kind === "stop") turn = data.turn;
  else lines = lines.then(() => answer(data)).catch((error: unknown) => scope.postMessage({ kind: "failed", text: error instanceof Error ? error.message : String(error) }));
};

async function answer(asked: Exclude<Asked, { kind: "stop" }>): Promise<void> {
  if (asked.kind === "say") return say(asked.text, asked.turn);
  if (asked.kind === "read") return scope.postMessage({ kind: "read", pieces: (await (await voice!).reader.read(asked.text)).pieces });
  voice = open(asked.base, asked.threads);
  await voice;
  return scope.postMessage({ kind: "ready" });
}

async function say(text: string, mine: number): Promise<void> {
  const { reader, speech, rate } = await voice!;
  if (mine !== turn) return;
  const { pieces, unsayable } = await reader.read(text);
  if (unsayable.length || !pieces.length) scope.postMessage({ kind: "unsayable", words: unsayable, all: !pieces.length });
  for (const { text, letters, pause_s } of pieces) {
    // What was asked meanwhile, to stop above all, comes first.
    await new Promise((done) => setTimeout(done));
    if (mine !== turn) return;
    const begun = performance.now();
    const sound = levelled(await speech.speak(letters, normal), rate, pause_s);
    scope.postMessage({ kind: "piece", turn: mine, text, sound, drawn_s: (performance.now() - begun) / 1000 }, [sound.buffer]);
  }
}

async function open(base: string, threads: number): Promise<Opened> {
  const place = new URL("voice/", base);
  const manifest = readVoice(await (await fetched(new URL("voice.json", place))).text());
  const of = FILES.reduce((sum, file) => sum + manifest.bytes[file], 0);
  let bytes = 0;
  const got = (file: File): Promise<Uint8Array<ArrayBuffer>> =>
    loaded(new URL(file, place), manifest.bytes[file], (more) => scope.postMessage({ kind: "loading", bytes: (bytes += more), of }));
  const ort = await runtime("wasm", base, threadsHere(threads));
  const network = async (file: File): Promise<InferenceSession> => opened(ort, "wasm", await got(file));
  const words = network("words.onnx");
  const [reader, description, synthesis] = await Promise.all([
    Reader.open(new URL("pyodide/", base), got("reading.zip"), async (word) => pronounced(word, manifest.words, await words, ort)),
    network("description.onnx"),
    network("synthesis.onnx"),
    words,
  ]);
  return { reader, speech: new Speech(manifest, description, synthesis, ort), rate: manifest.rate };
}
