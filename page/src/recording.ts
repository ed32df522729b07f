// What was said and shown, as files: both voices as .wav (left: you), the agent's motion as a Live Link Face .csv.

import { ARKIT61 } from "./arkit.ts";
import { FRAME, RATE, type Moment } from "./timeline.ts";

const MOST_S = 1800;
const FPS = RATE / FRAME;

/** Everything lies on the agent's clock. */
export class Recording {
  readonly #first: number;
  #end: number;
  #voices: { at: number; samples: Int16Array; right: boolean }[] = [];
  #frames = new Map<number, Float32Array>();
  readonly #columns: number[];

  constructor(first: number, channels: readonly string[]) {
    this.#first = this.#end = Math.round(first);
    this.#columns = ARKIT61.map((name) => channels.indexOf(name));
  }

  get seconds(): number {
    return (this.#end - this.#first) / RATE;
  }

  get full(): boolean {
    return this.seconds > MOST_S;
  }

  /** The stamp up to which it goes. */
  goOn(stamp: number): void {
    this.#end = Math.max(this.#end, Math.round(stamp));
  }

  user(samples: Int16Array, stamp: number): void {
    this.#voices.push({ at: Math.round(stamp) - this.#first, samples, right: false });
  }

  agent(samples: Int16Array, stamp: number): void {
    this.#voices.push({ at: Math.round(stamp) - this.#first, samples, right: true });
  }

  frames(frames: Moment[]): void {
    for (const { stamp, values } of frames) this.#frames.set(Math.round((stamp - this.#first) / FRAME), values);
  }

  takeBack(stamp: number): void {
    const from = Math.round(stamp) - this.#first;
    this.#voices = this.#voices
      .filter(({ at, right }) => !right || at < from)
      .map((one) => (one.right ? { ...one, samples: one.samples.subarray(0, Math.max(0, from - one.at)) } : one));
    for (const number of [...this.#frames.keys()]) if (number * FRAME >= from) this.#frames.delete(number);
  }

  wav(): Uint8Array<ArrayBuffer> {
    const length = Math.max(0, this.#end - this.#first);
    const bytes = new Uint8Array(44 + 4 * length);
    const view = new DataView(bytes.buffer);
    const text = (at: number, letters: string): void => [...letters].forEach((one, i) => view.setUint8(at + i, one.charCodeAt(0)));
    text(0, "RIFF");
    text(8, "WAVEfmt ");
    text(36, "data");
    view.setUint32(4, bytes.length - 8, true);
    view.setUint32(16, 16, true);
    view.setUint16(20, 1, true);
    view.setUint16(22, 2, true);
    view.setUint32(24, RATE, true);
    view.setUint32(28, 4 * RATE, true);
    view.setUint16(32, 4, true);
    view.setUint16(34, 16, true);
    view.setUint32(40, 4 * length, true);
    for (const { at, samples, right } of this.#voices)
      samples.forEach((sample, i) => {
        if (at + i >= 0 && at + i < length) view.setInt16(44 + 4 * (at + i) + (right ? 2 : 0), sample, true);
      });
    return bytes;
  }

  /** Frames that are missing are those before, held. */
  csv(): string {
    const lines = [["Timecode", "BlendShapeCount", ...ARKIT61].join(",")];
    let last: Float32Array | null = null;
    for (let number = 0; number * FRAME < this.#end - this.#first; number++) {
      last = this.#frames.get(number) ?? last;
      const values = this.#columns.map((at) => (last && at >= 0 ? last[at]! : 0).toFixed(6));
      lines.push([timecode(number), 61, ...values].join(","));
    }
    return lines.join("\n") + "\n";
  }
}

/** Its last part counts to 60 a second, as the app's does. */
function timecode(number: number): string {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");
  const seconds = Math.floor(number / FPS);
  const parts = (((number % FPS) * 60) / FPS).toFixed(3).padStart(6, "0");
  return `${two(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}:${parts}`;
}

export function download(content: BlobPart, name: string, type: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
