// The model, in a thread of its own: opened once, then call after call.

import type * as Ort from "onnxruntime-web";
import { fetched, loaded } from "./fetching.ts";
import { read, type Manifest } from "./manifest.ts";
import { Normal, Runner, sizeOf, type Drawn, type State } from "./runner.ts";

export type Asked =
  | { kind: "open"; base: string; precision: string | null; threads: number }
  | { kind: "call"; given: Record<string, Float32Array | null> }
  | { kind: "reset" }
  | { kind: "bench"; calls: number };

export type Told =
  | { kind: "loading"; bytes: number; of: number }
  | { kind: "ready"; manifest: Manifest; precision: string; threads: number }
  | { kind: "drawn"; drawn: Drawn; ms: number }
  | { kind: "bench"; ms: number[] }
  | { kind: "failed"; text: string };

const scope = self as unknown as { postMessage(told: Told): void; onmessage: ((event: MessageEvent<Asked>) => void) | null };
const normal = new Normal(1 + Math.floor(Math.random() * 2 ** 31));
let runner: Runner | null = null;
let state: State = {};

scope.onmessage = ({ data }) => void answer(data).catch((error: unknown) => scope.postMessage({ kind: "failed", text: error instanceof Error ? error.message : String(error) }));

async function answer(asked: Asked): Promise<void> {
  if (asked.kind === "open") return open(asked.base, asked.precision, asked.threads);
  if (!runner) throw new Error("no model is open");
  if (asked.kind === "reset") state = runner.initState();
  else if (asked.kind === "call") {
    const begun = performance.now();
    const { drawn } = await call(asked.given);
    scope.postMessage({ kind: "drawn", drawn, ms: performance.now() - begun });
  } else scope.postMessage({ kind: "bench", ms: await bench(asked.calls) });
  return undefined;
}

async function call(given: Record<string, Float32Array | null>): Promise<{ drawn: Drawn }> {
  const after = await runner!.step(given, normal.take(runner!.manifest.noise), state);
  state = after.state;
  return after;
}

async function open(base: string, precision: string | null, threads: number): Promise<void> {
  const ort = (await import(/* @vite-ignore */ new URL("ort/ort.wasm.min.mjs", base).href)) as typeof Ort;
  ort.env.wasm.wasmPaths = new URL("ort/", base).href;
  ort.env.wasm.numThreads = self.crossOriginIsolated ? threads : 1;
  const manifest = read(await (await fetched(new URL("model/manifest.json", base))).text());
  const network = manifest.networks.find((one) => !precision || one.precision === precision);
  if (!network) throw new Error(`the model is not there in ${precision}; there is ${manifest.networks.map((one) => one.precision).join(", ")}`);
  let at = 0;
  const bytes = await loaded(new URL(`model/${network.file}`, base), network.bytes, (more) => {
    scope.postMessage({ kind: "loading", bytes: (at += more), of: network.bytes });
  });
  const session = await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"], graphOptimizationLevel: "all" });
  runner = new Runner(manifest, session, ort);
  state = runner.initState();
  scope.postMessage({ kind: "ready", manifest, precision: network.precision, threads: ort.env.wasm.numThreads });
}

/** Times [ms] of so many calls, one after another, with noise as sound. */
async function bench(calls: number): Promise<number[]> {
  const taken: number[] = [];
  const { inputs } = runner!.manifest;
  for (let i = 0; i < calls; i++) {
    const given = Object.fromEntries(inputs.map(({ name, kind, shape }) => [name, kind === "speech" ? normal.take(sizeOf(shape)).map((x) => 0.05 * x) : null]));
    const begun = performance.now();
    await call(given);
    taken.push(performance.now() - begun);
  }
  return taken;
}
