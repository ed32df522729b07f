// What a server would answer, worked out in this browser: the model runs in a worker, one call after another in time.
// It speaks as a `Link` does. There are no dials and no gestures on demand here: those are the server's.

import type { Link, Listener } from "../link.ts";
import { NO_STATE, type Control, type Hello, type Settings } from "../protocol.ts";
import { Resampler } from "../resampler.ts";
import { seconds, Sound } from "../sound.ts";
import { FRAME, RATE } from "../timeline.ts";
import type { InputTensor, Manifest } from "./manifest.ts";
import { median, type Provider } from "./provider.ts";
import { Queue, Talking } from "./queue.ts";
import { Voice } from "./voice.ts";
import type { Asked, Told } from "./worker.ts";

/** What the page asks of a connection. */
export type Way = Pick<Link, "welcome" | "open" | "connect" | "control" | "userSpeech" | "userFace" | "agentSound"> & {
  /** A line will be typed soon. */
  expectLine?(): void;
  /** The voice of typed lines, where this page has one of its own. */
  readonly voice?: Voice | null;
};

const TICK_MS = 5;
const LATE_SOUND_S = 0.06; // that the microphone is waited for
const MOST_WAITING = 4 * FRAME; // samples of the microphone; older ones are left out
const BEHIND_S = 0.6; // and the conversation pauses instead of hurrying after
const SEEN_S = 0.5; // that a face is held
const BREAKS_IN = 8; // frames of speech over the agent

export interface Speed {
  /** Median time of a call [ms]. */
  ms: number;
  /** Frames that could be drawn in a second. */
  rate: number;
  precision: string;
  threads: number;
  provider: Provider;
}

export class LocalLink implements Way {
  welcome: Link["welcome"] = null;
  readonly voice: Voice | null;
  readonly #base: string;
  readonly #listener: Listener;
  readonly #hello: () => Omit<Hello, "type" | "session">;
  #worker: Worker | null = null;
  #manifest: Manifest | null = null;
  #opened: Pick<Speed, "precision" | "threads" | "provider"> = { precision: "", threads: 1, provider: "wasm" };
  #taken: number[] = [];
  #benched: ((ms: number[]) => void) | null = null;
  #settings: Settings = { type: "settings", barge_in: true };
  #samples: string[] = [];
  #begun = 0; // when frame 0 of the user's clock begins
  #call = 0;
  #shift = 0; // frames of the agent's clock before this conversation
  #waiting: { stamp: number; heard: number | null } | null = null;
  #user = new Queue();
  #agent = new Queue();
  #microphone = { last: -Infinity, end: 0 };
  #resampler: { from: number; one: Resampler } | null = null;
  #seen = { names: [] as string[], values: null as Float32Array | null, time: -Infinity };
  #speaks = { user: new Talking(), agent: new Talking() };
  #over = 0;

  /** base: the address of the folder that holds ort/, model/ and samples.json, and with `voice` also voice/ and pyodide/. */
  constructor(base: string, voice: string, listener: Listener, hello: () => Omit<Hello, "type" | "session">) {
    [this.#base, this.#listener, this.#hello] = [base, listener, hello];
    this.voice = voice ? new Voice(voice, base, { piece: (text, sound) => this.#sayPiece(text, sound), note: (text) => listener.note(text), problem: (text) => this.#cannot(text) }) : null;
    setInterval(() => this.#tick(), TICK_MS);
  }

  get open(): boolean {
    return this.welcome !== null;
  }

  get speed(): Speed {
    const ms = median(this.#taken);
    return { ...this.#opened, ms, rate: ms ? (1000 * (this.#manifest?.hop ?? 1)) / ms : 0 };
  }

  connect(): void {
    this.#worker?.terminate();
    this.welcome = null;
    this.#listener.status({ kind: "connecting" });
    if (!hasSimd()) return this.#end("This browser's WebAssembly has no SIMD, which the model needs. Chrome 91, Firefox 89 and Safari 16.4 have it.");
    const asked = new URLSearchParams(location.search);
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    this.#worker = worker;
    worker.onmessage = ({ data }: MessageEvent<Told>) => this.#told(data);
    worker.onerror = ({ message }) => this.#end(message || "The model's thread does not start.");
    this.#ask({ kind: "open", base: this.#base, precision: asked.get("precision"), threads: Number(asked.get("threads") ?? 1), provider: asked.get("provider") });
    return undefined;
  }

  control(record: Control): void {
    if (record.type === "interrupt") this.#interrupt("client");
    else if (record.type === "sample") void this.#sample(record.name);
    else if (record.type === "face") Object.assign(this.#seen, { names: record.names, values: null });
    else if (record.type === "reset") this.#reset();
    else if (record.type === "settings") this.#listener.event((this.#settings = { ...this.#settings, ...record }), this.#stamp);
    else if (record.type === "say") this.#say(record.text);
    else if (record.type === "nod") this.#cannot("Nods on demand are made by a server; here it nods when it likes");
  }

  userSpeech(samples: Int16Array, stamp: number): void {
    this.#user.put(Float32Array.from(samples, (sample) => sample / 32768));
    this.#user.keep(MOST_WAITING);
    this.#microphone = { last: seconds(), end: stamp + samples.length };
  }

  userFace(values: Float32Array, channels: number): void {
    Object.assign(this.#seen, { values: values.slice(-channels), time: seconds() });
  }

  agentSound(samples: Int16Array, rate: number): void {
    const floats = Float32Array.from(samples, (sample) => sample / 32768);
    if (rate === RATE) return this.#agent.put(floats);
    if (this.#resampler?.from !== rate) this.#resampler = { from: rate, one: new Resampler(rate, RATE) };
    return this.#agent.put(this.#resampler.one.push(floats));
  }

  expectLine(): void {
    this.voice?.open();
  }

  /** Times [ms] of so many calls, one after another as fast as they go; the conversation starts anew after them. */
  bench(calls: number): Promise<number[]> {
    return new Promise((done) => {
      this.#benched = done;
      this.#ask({ kind: "bench", calls });
    });
  }

  #ask(asked: Asked): void {
    this.#worker!.postMessage(asked);
  }

  #end(why: string): void {
    this.welcome = null;
    this.#listener.status({ kind: "over", why, again: "Try again" });
  }

  #cannot(text: string): void {
    this.#listener.event({ type: "error", reason: "NOT_POSSIBLE", text }, this.#stamp);
  }

  #told(told: Told): void {
    if (told.kind === "failed") this.#end(`The model does not run in this browser: ${told.text}`);
    else if (told.kind === "ready") void this.#ready(told);
    else if (told.kind === "drawn") this.#drawn(told.drawn.motion, told.drawn.labels.state ?? null, told.ms);
    else if (told.kind === "bench") {
      this.#reset();
      this.#benched?.(told.ms);
      this.#benched = null;
    }
  }

  async #ready({ manifest, precision, threads, provider, why }: Extract<Told, { kind: "ready" }>): Promise<void> {
    this.#manifest = manifest;
    this.#opened = { precision, threads, provider };
    this.#samples = (await (await fetch(new URL("samples.json", this.#base))).json()) as string[];
    this.#begin();
    this.#seen.names = this.#hello().face ?? [];
    this.welcome = {
      type: "welcome", version: 1, session: "", resumed: false, model: manifest.model, models: [manifest.model], space: manifest.space,
      channels: manifest.channels, fps: manifest.fps, rate: manifest.sample_rate, hop: manifest.hop,
      states: manifest.labels.find(({ name }) => name === "state")?.classes ?? [], voice: this.voice?.name ?? "", voices: this.voice ? [this.voice.name] : [], samples: this.#samples, dials: {},
      voice_agent: false, reconnect_s: 0, longest_s: 0,
    };
    this.#listener.status({ kind: "open", resumed: false });
    this.#listener.welcome(this.welcome, 0);
    this.#listener.event(this.#settings, 0);
    if (why) this.#cannot(why);
  }

  #begin(): void {
    this.#begun = seconds();
    this.#call = 0;
    this.#waiting = null;
    this.#user = new Queue();
  }

  #reset(): void {
    if (!this.#manifest) return;
    this.voice?.stop();
    this.#shift = this.#stamp / FRAME;
    this.#agent = new Queue();
    this.#ask({ kind: "reset" });
    this.#begin();
  }

  /** The sample of the agent's clock at which the next call's sound begins. */
  get #stamp(): number {
    return this.#manifest ? this.#first(this.#named("agent_speech")) * FRAME : 0;
  }

  #named(name: string): InputTensor {
    return this.#manifest!.inputs.find((one) => one.name === name)!;
  }

  /** The first frame that the next call takes of an input, on the agent's clock. */
  #first({ first_frame }: InputTensor): number {
    return this.#shift + this.#call * this.#manifest!.hop + first_frame;
  }

  /** Whether the next call can be made, and if so, makes it. */
  #tick(): void {
    const manifest = this.#manifest;
    if (!this.open || !manifest || this.#waiting || this.#benched) return;
    const { hop } = manifest;
    const user = this.#named("user_speech");
    const due = this.#begun + ((this.#first(user) - this.#shift + hop) * FRAME) / RATE;
    const now = seconds();
    if (now < due) return;
    const on = now - this.#microphone.last < 0.25;
    if (on && this.#user.length < hop * FRAME && now < due + LATE_SOUND_S) return;
    if (now - due > BEHIND_S) this.#begun += now - due;
    this.#make(user, on);
  }

  #make(user: InputTensor, on: boolean): void {
    const manifest = this.#manifest!;
    const size = manifest.hop * FRAME;
    const early = this.#first(user) < this.#shift; // before the conversation's first frame
    const heard = early ? null : this.#user.take(size);
    const stamp = this.#stamp;
    const said = this.#agent.take(size);
    this.#turns(said, heard, stamp);
    const given: Record<string, Float32Array | null> = { user_speech: heard, agent_speech: said, user_motion: early ? null : this.#face() };
    this.#waiting = {
      stamp: (this.#shift + (this.#call - manifest.warm_up) * manifest.hop) * FRAME,
      heard: on && heard ? this.#microphone.end - this.#user.length : null,
    };
    this.#ask({ kind: "call", given });
  }

  #turns(said: Float32Array, heard: Float32Array | null, stamp: number): void {
    const speaks = this.#speaks.agent.hear(said);
    if (speaks || said.some((sample) => sample !== 0)) this.#listener.speech(Int16Array.from(said, (x) => 32767 * Math.max(-1, Math.min(1, x))), RATE, stamp);
    if (this.#speaks.agent.changed) this.#listener.event({ type: "turn", who: "agent", speaking: speaks }, stamp);
    const user = heard !== null && this.#speaks.user.hear(heard);
    if (this.#speaks.user.changed) this.#listener.event({ type: "turn", who: "user", speaking: user }, stamp);
    this.#over = user && speaks ? this.#over + this.#manifest!.hop : 0;
    if (this.#over >= BREAKS_IN && this.#settings.barge_in) this.#interrupt("user");
  }

  /** A hop of the user's motion, in the model's channels: a calm face but for what the camera tells. */
  #face(): Float32Array | null {
    const { values, names, time } = this.#seen;
    if (!values || seconds() - time > SEEN_S) return null;
    const { channels, mean_face, hop } = this.#manifest!;
    const face = Float32Array.from(mean_face);
    names.forEach((name, i) => {
      const at = channels.indexOf(name);
      if (at >= 0) face[at] = values[i] ?? 0;
    });
    const whole = new Float32Array(hop * face.length);
    for (let i = 0; i < hop; i++) whole.set(face, i * face.length);
    return whole;
  }

  #drawn(motion: Float32Array, states: number[] | null, ms: number): void {
    const { hop, channels, warm_up } = this.#manifest!;
    const waiting = this.#waiting;
    if (!waiting) return; // of a conversation that is over
    this.#waiting = null;
    this.#taken.push(ms);
    if (this.#taken.length > 250) this.#taken.shift();
    if (this.#call++ >= warm_up) {
      const told = Uint8Array.from({ length: hop }, (_, i) => states?.[i] ?? NO_STATE);
      this.#listener.frames({ count: hop, width: channels.length, heard: waiting.heard, values: motion.slice(0, hop * channels.length), states: told }, waiting.stamp);
    }
    this.#tick();
  }

  async #sample(name: string): Promise<void> {
    try {
      const response = await fetch(new URL(`samples/${encodeURIComponent(name)}`, this.#base));
      this.agentSound(await Sound.read(await response.blob()), RATE);
    } catch (error) {
      this.#cannot(`${name} cannot be played: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #say(text: string): void {
    if (this.voice) return this.voice.say(text);
    return this.#cannot("This page has no voice: drop a recording on it, or pick a sample");
  }

  #sayPiece(text: string, sound: Float32Array): void {
    const begin = this.#stamp + this.#agent.length;
    this.#agent.put(sound);
    this.#listener.event({ type: "speech", text, end: begin + sound.length }, begin);
  }

  #interrupt(by: "client" | "user"): void {
    this.voice?.stop();
    if (!this.#agent.length && !this.#speaks.agent.speaking) return;
    this.#agent = new Queue();
    this.#over = 0;
    this.#listener.takeBack(this.#stamp);
    this.#listener.event({ type: "interrupted", by }, this.#stamp);
  }
}

/** A module with one SIMD instruction. */
const SIMD = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11);

function hasSimd(): boolean {
  return typeof WebAssembly === "object" && WebAssembly.validate(SIMD);
}
