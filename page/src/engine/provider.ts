// Where a network runs: on the processor (WebAssembly), or on a graphics card (WebGPU).

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

/** Time [ms] that a call of so many frames may take for a conversation that has time to spare. */
export function spare(hop: number): number {
  return (MOST * 1000 * hop * FRAME) / RATE;
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
