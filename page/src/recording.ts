// What was said and shown, as files: both voices as .wav (left: you), the agent's motion as a Live Link Face .csv.

import { ARKIT61 } from "./arkit.ts";
import { Poser, type Face } from "./posing.ts";
import { FRAME, RATE, type Moment } from "./timeline.ts";

const MOST_S = 1800;
export const FPS = RATE / FRAME;

/** Everything lies on the agent's clock. */
export class Recording {
  readonly #first: number;
  #end: number;
  #voices: { at: number; samples: Int16Array; right: boolean }[] = [];
  #frames = new Map<number, Moment>();
  #userFaces = new Map<number, Face>();
  readonly #channels: readonly string[];
  readonly #states: readonly string[];

  constructor(first: number, channels: readonly string[], states: readonly string[] = []) {
    this.#first = this.#end = Math.round(first);
    [this.#channels, this.#states] = [channels, states];
  }

  get seconds(): number {
    return (this.#end - this.#first) / RATE;
  }

  /** In samples; that of frames is rounded up. */
  get length(): number {
    return Math.max(0, this.#end - this.#first);
  }

  get frameCount(): number {
    return Math.ceil(this.length / FRAME);
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
    for (const moment of frames) this.#frames.set(this.#number(moment.stamp), moment);
  }

  /** What the user's head did in this page. */
  userFace(face: Face, stamp: number): void {
    this.#userFaces.set(this.#number(stamp), face);
  }

  #number(stamp: number): number {
    return Math.round((stamp - this.#first) / FRAME);
  }

  takeBack(stamp: number): void {
    const from = Math.round(stamp) - this.#first;
    this.#voices = this.#voices
      .filter(({ at, right }) => !right || at < from)
      .map((one) => (one.right ? { ...one, samples: one.samples.subarray(0, Math.max(0, from - one.at)) } : one));
    for (const number of [...this.#frames.keys()]) if (number * FRAME >= from) this.#frames.delete(number);
  }

  /** One voice (S,), the agent's or the user's. */
  voice(agents: boolean): Int16Array {
    const whole = new Int16Array(this.length);
    for (const { at, samples, right } of this.#voices) {
      if (right !== agents || at >= whole.length || at + samples.length <= 0) continue;
      whole.set(samples.subarray(Math.max(0, -at), whole.length - at), Math.max(0, at));
    }
    return whole;
  }

  wav(): Uint8Array<ArrayBuffer> {
    return wavOf(this.voice(false), this.voice(true));
  }

  csv(): string {
    const lines = [["Timecode", "BlendShapeCount", ...ARKIT61].join(",")];
    const columns = ARKIT61.map((name) => this.#channels.indexOf(name));
    filled(this.#frames, this.frameCount).forEach((moment, number) => {
      const values = columns.map((at) => (moment && at >= 0 ? moment.values[at]! : 0).toFixed(6));
      lines.push([timecode(number), 61, ...values].join(","));
    });
    return lines.join("\n") + "\n";
  }

  /** The agent's face and its conversation state ("": none is told), and the user's face, frame by frame. */
  performance(): { agent: (Face | null)[]; states: string[]; user: (Face | null)[] } {
    const poser = new Poser(this.#channels);
    const moments = filled(this.#frames, this.frameCount);
    return {
      agent: moments.map((moment) => moment && poser.pose(moment.values)),
      states: moments.map((moment) => (moment && this.#states[moment.state]) ?? ""),
      user: filled(this.#userFaces, this.frameCount),
    };
  }
}

/** What is missing is what was before, held. */
function filled<Kind>(known: ReadonlyMap<number, Kind>, count: number): (Kind | null)[] {
  let last: Kind | null = null;
  return Array.from({ length: count }, (_, number) => (last = known.get(number) ?? last));
}

/** Two voices of one length, left and right. */
export function wavOf(left: Int16Array, right: Int16Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(44 + 4 * left.length);
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
  view.setUint32(40, 4 * left.length, true);
  left.forEach((sample, i) => view.setInt16(44 + 4 * i, sample, true));
  right.forEach((sample, i) => view.setInt16(46 + 4 * i, sample, true));
  return bytes;
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
