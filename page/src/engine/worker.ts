// The model, in a thread of its own: opened once, then call after call.

import { fetched, loaded } from "./fetching.ts";
import { read, type Manifest } from "./manifest.ts";
import { graphics, mayHaveGraphics, opened, runtime, spare, threadsHere, type Provider } from "./provider.ts";
import { Normal, Runner, sizeOf, type Drawn, type State } from "./runner.ts";

export type Asked =
  | { kind: "open"; base: string; precision: string | null; threads: number; provider: string | null }
  | { kind: "call"; given: Record<string, Float32Array | null> }
  | { kind: "reset" }
  | { kind: "bench"; calls: number };

export type Told =
  | { kind: "loading"; bytes: number; of: number }
  /** why: what was asked for and is not so, or "". */
  | { kind: "ready"; manifest: Manifest; precision: string; threads: number; provider: Provider; why: string }
  | { kind: "drawn"; drawn: Drawn; ms: number }
  | { kind: "bench"; ms: number[] }
  | { kind: "failed"; text: string };

const scope = self as unknown as { postMessage(told: Told): void; onmessage: ((event: MessageEvent<Asked>) => void) | null };
const MEASURED = 12; // calls
const normal = new Normal(1 + Math.floor(Math.random() * 2 ** 31));
let runner: Runner | null = null;
let state: State = {};

scope.onmessage = ({ data }) => void answer(data).catch((error: unknown) => scope.postMessage({ kind: "failed", text: error instanceof Error ? error.message : String(error) }));

async function answer(asked: Asked): Promise<void> {
  if (asked.kind === "open") return open(asked);
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

async function open({ base, precision, threads, provider }: Extract<Asked, { kind: "open" }>): Promise<void> {
  const manifest = read(await (await fetched(new URL("model/manifest.json", base))).text());
  const network = manifest.networks.find((one) => !precision || one.precision === precision);
  if (!network) throw new Error(`the model is not there in ${precision}; there is ${manifest.networks.map((one) => one.precision).join(", ")}`);
  let at = 0;
  const bytes = await loaded(new URL(`model/${network.file}`, base), network.bytes, (more) => {
    scope.postMessage({ kind: "loading", bytes: (at += more), of: network.bytes });
  });
  const here = threadsHere(threads);
  const on = async (where: Provider): Promise<Runner> => {
    const ort = await runtime(where, base, here);
    return new Runner(manifest, await opened(ort, where, bytes), ort);
  };
  const { chosen, why } = await choose(on, provider, manifest);
  state = runner!.initState();
  scope.postMessage({ kind: "ready", manifest, precision: network.precision, threads: here, provider: chosen, why });
}

/** The processor, unless it is asked otherwise, or it hardly keeps pace and a graphics card is there and is faster. */
async function choose(on: (where: Provider) => Promise<Runner>, asked: string | null, { hop }: Manifest): Promise<{ chosen: Provider; why: string }> {
  if (asked === "webgpu") {
    const { usable, why } = await graphics();
    runner = await on(usable ? "webgpu" : "wasm");
    return { chosen: usable ? "webgpu" : "wasm", why };
  }
  const processor = (runner = await on("wasm"));
  if (asked === "wasm" || !mayHaveGraphics()) return { chosen: "wasm", why: "" };
  const taken = await fastest(spare(hop));
  if (taken < spare(hop) || !(await graphics()).fast) return { chosen: "wasm", why: "" };
  try {
    runner = await on("webgpu");
    if ((await fastest(0)) < taken) return { chosen: "webgpu", why: "" };
  } catch {
    // A card that does not take the network is none.
  }
  runner = processor;
  return { chosen: "wasm", why: "" };
}

/** Time [ms] of the fastest of some calls, up to one that is fast enough: the first are not compiled yet. */
async function fastest(enough: number): Promise<number> {
  state = runner!.initState();
  let least = Infinity;
  for (let i = 0; i < MEASURED && least >= enough; i++) least = Math.min(least, ...(await bench(1)));
  return least;
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
