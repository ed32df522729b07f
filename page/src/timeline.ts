// When a frame is shown: the agent's clock as this page plays it, and the frames that lie on it.

import { clip } from "./posing.ts";

export const RATE = 16000; // samples of both clocks a second
export const FRAME = 640; // samples

export interface Moment {
  stamp: number;
  values: Float32Array;
  heard: number | null;
  state: number;
}

const WINDOW = 3; // [s] over which the tightest arrival counts
const SPARE = 0.03; // [s] that the tightest frame should come before it is needed
const SLACK = 0.06; // [s] more than that before the page hurries
const LOST = 1; // [s] off, and the page jumps
const SURE = 5; // frames in a row that say so
const LATE_SPEECH = 0.25; // [s] late, and even a voice has to jump

/** The agent's clock as it is played here. Times are seconds of one steady clock of the page. */
export class AgentClock {
  #anchor: { time: number; stamp: number } | null = null;
  #arrivals: { time: number; spare: number }[] = [];
  #lost = 0;

  get running(): boolean {
    return this.#anchor !== null;
  }

  /** The sample of the agent's clock that is due at a time. */
  stampAt(time: number): number {
    return this.#anchor ? this.#anchor.stamp + (time - this.#anchor.time) * RATE : 0;
  }

  timeOf(stamp: number): number {
    return this.#anchor ? this.#anchor.time + (stamp - this.#anchor.stamp) / RATE : 0;
  }

  /**
   * Frames came whose first is due at `stamp`. `speaking`: a voice is heard, which must not be hurried or held.
   * `stalled`: the page itself was busy for long, so that what it takes now may have come earlier.
   */
  arrived(stamp: number, time: number, speaking: boolean, stalled = false): void {
    const needed = stamp - FRAME; // a frame is approached from the one before
    if (!this.#anchor) this.#jump(needed, time);
    if (stalled) return;
    const spare = (needed - this.stampAt(time)) / RATE;
    this.#lost = Math.abs(spare) > LOST ? this.#lost + 1 : 0;
    if (this.#lost >= SURE) return this.#jump(needed, time);
    if (this.#lost) return;
    this.#arrivals = this.#arrivals.filter((one) => time - one.time < WINDOW);
    this.#arrivals.push({ time, spare });
    const tightest = Math.min(...this.#arrivals.map((one) => one.spare));
    if (speaking && tightest > -LATE_SPEECH) return;
    const early = tightest - SPARE;
    if (early < 0) this.#shift(clip(early, -0.008, 0));
    else if (early > SLACK) this.#shift(clip(0.1 * (early - SLACK), 0.001, 0.012));
  }

  reset(): void {
    this.#anchor = null;
    this.#arrivals = [];
    this.#lost = 0;
  }

  #jump(needed: number, time: number): void {
    this.#anchor = { time, stamp: needed - SPARE * RATE };
    this.#arrivals = [];
    this.#lost = 0;
  }

  /** Go on by so much [s] at once; below 0: wait. */
  #shift(by: number): void {
    this.#anchor!.stamp += by * RATE;
    for (const one of this.#arrivals) one.spare -= by;
  }
}

/** Frames in the order of their stamps. */
export class FrameLine {
  #frames: Moment[] = [];

  /** Later frames that begin at or after the first of these give way to them. */
  put(frames: Moment[]): void {
    const first = frames[0]?.stamp;
    if (first === undefined) return;
    this.takeBack(first);
    this.#frames.push(...frames);
    if (this.#frames.length > 250) this.#frames.splice(0, this.#frames.length - 250);
  }

  takeBack(stamp: number): void {
    const kept = this.#frames.findIndex((frame) => frame.stamp >= stamp);
    if (kept >= 0) this.#frames.length = kept;
  }

  clear(): void {
    this.#frames = [];
  }

  /** Frames that begin at or after a stamp. */
  after(stamp: number): Moment[] {
    return this.#frames.filter((frame) => frame.stamp >= stamp);
  }

  /** What is shown at a stamp: on the way from one frame to the next; the last is held. */
  at(stamp: number): Moment | null {
    let next = this.#frames.findIndex((frame) => frame.stamp > stamp);
    if (next < 0) next = this.#frames.length;
    const [before, after] = [this.#frames[next - 1], this.#frames[next]];
    if (!before) return after ?? null;
    if (!after || after.stamp - before.stamp > 2 * FRAME) return before;
    const share = (stamp - before.stamp) / (after.stamp - before.stamp);
    return { ...before, values: before.values.map((value, i) => value + share * (after.values[i]! - value)) };
  }
}

/** The user's clock: samples of the microphone, and plain time where there is none. */
export class UserClock {
  #origin: number;

  constructor(now: number) {
    this.#origin = now;
  }

  stampAt(time: number): number {
    return Math.max(0, Math.round((time - this.#origin) * RATE));
  }

  timeOf(stamp: number): number {
    return this.#origin + stamp / RATE;
  }

  /** The microphone said that a sample was recorded at a time: follow its pace. */
  follow(stamp: number, time: number): void {
    this.#origin += 0.02 * clip(time - this.timeOf(stamp), -0.1, 0.1);
  }
}
