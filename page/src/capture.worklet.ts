// The microphone as 16-bit sound at 16 kHz, 20 ms at a time, each piece with the time at which its first sample was recorded.

import { Resampler } from "./resampler.ts";

declare const sampleRate: number;
declare const currentTime: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, kind: new () => AudioWorkletProcessor): void;

const [RATE, PIECE] = [16000, 320];

class Capture extends AudioWorkletProcessor {
  #resampler = new Resampler(sampleRate, RATE);
  #piece = new Int16Array(PIECE);
  #filled = 0;
  #made = 0;
  #begun: number | null = null;

  process([input]: Float32Array[][]): boolean {
    const sound = input?.[0];
    if (!sound) return true;
    this.#begun ??= currentTime;
    for (const sample of this.#resampler.push(sound)) {
      this.#piece[this.#filled++] = Math.max(-1, Math.min(1, sample)) * 32767;
      if (this.#filled < PIECE) continue;
      const at = this.#begun + this.#made / RATE;
      this.port.postMessage({ samples: this.#piece, at, now: currentTime }, [this.#piece.buffer]);
      this.#piece = new Int16Array(PIECE);
      this.#filled = 0;
      this.#made += PIECE;
    }
    return true;
  }
}

registerProcessor("capture", Capture);
