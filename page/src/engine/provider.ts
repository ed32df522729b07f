// Where a network runs: on the processor (WebAssembly), or on a graphics card (WebGPU).

import type * as Ort from "onnxruntime-web";
import { FRAME, RATE } from "../timeline.ts";

export type Provider = "wasm" | "webgpu";

const MOST = 0.5; // of real time: beyond, a machine that has other work, too, falls behind

export interface Graphics {
  usable: boolean;
  /** Whether it is a card, not the processor that plays one. */
  fast: boolean;
  /** Why it is not usable, or "". */
  why: string;
}

type Gpu = { requestAdapter(): Promise<{ info?: { isFallbackAdapter?: boolean } } | null> };

/** Whether it is worth asking for a card. onnxruntime-web waits for one by JavaScript Promise Integration. */
export function mayHaveGraphics(): boolean {
  return "Suspending" in WebAssembly && "gpu" in navigator;
}

/** What this browser has for WebGPU. */
export async function graphics(): Promise<Graphics> {
  const none = (why: string): Graphics => ({ usable: false, fast: false, why: `WebGPU was asked for, and the model runs on the processor: ${why}` });
  if (!mayHaveGraphics()) return none("this browser has no WebGPU, or no JavaScript Promise Integration (Chrome 137 has both)");
  const adapter = await (navigator as unknown as { gpu: Gpu }).gpu.requestAdapter().catch(() => null);
  if (!adapter) return none("there is no graphics card that this browser can use");
  return { usable: true, fast: !adapter.info?.isFallbackAdapter, why: "" };
}

/** How many threads a network has here, where so many are asked for. */
export function threadsHere(asked: number): number {
  return self.crossOriginIsolated ? asked : 1;
}

/** onnxruntime-web that runs there; base: the address of the folder that holds ort/. */
export async function runtime(where: Provider, base: string, threads: number): Promise<typeof Ort> {
  const place = new URL("ort/", base);
  const ort = (await import(/* @vite-ignore */ new URL(where === "wasm" ? "ort.wasm.min.mjs" : "ort.jspi.min.mjs", place).href)) as typeof Ort;
  ort.env.wasm.wasmPaths = place.href;
  ort.env.wasm.numThreads = threads;
  return ort;
}

/** A network that runs there. */
export function opened(ort: typeof Ort, where: Provider, network: Uint8Array): Promise<Ort.InferenceSession> {
  return ort.InferenceSession.create(network, { executionProviders: [where], graphOptimizationLevel: "all" });
}

/** Time [ms] that a call of so many frames may take for a conversation that has time to spare. */
export function spare(hop: number): number {
  return (MOST * 1000 * hop * FRAME) / RATE;
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
