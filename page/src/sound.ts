// Everything that sounds: the microphone, the agent's voice on its clock, how loud both are, and how late one hears it.

import captureUrl from "./capture.worklet.ts?worker&url";
import { DelayMeter } from "./delay.ts";
import { loopedBack } from "./loopback.ts";
import playbackUrl from "./playback.worklet.ts?worker&url";
import { Resampler } from "./resampler.ts";
import { RATE, type AgentClock } from "./timeline.ts";

const BLOCK = 128;
const OFFSET_WINDOW_MS = 3000;
const TRACK_MS = 100;
const PACE_S = 0.008; // by which the delay is followed, each time
const LOOP_S = 0.06; // of the loop-back, until it is measured

export const seconds = (): number => performance.now() / 1000;

export type Path = "none" | "starting" | "loop-back" | "Web Audio";

export interface Heard {
  samples: Int16Array;
  /** When the first of them was recorded, by `seconds()`. */
  time: number;
}

export class Sound {
  path: Path = "none";
  /** Why the loop-back was not to be had. */
  trouble = "";
  microphone: MediaStream | null = null;
  onHeard: (heard: Heard) => void = () => undefined;
  /** Levels of the agent's voice as it was sent to the loudspeaker, with the time of the first; for measurements. */
  onLoudness: (levels: Float32Array, time: number, step: number) => void = () => undefined;
  #context: AudioContext | null = null;
  #starting: Promise<void> | null = null;
  #playback: AudioWorkletNode | null = null;
  #gain: GainNode | null = null;
  #probe: AudioWorkletNode | null = null;
  #voiceMeter: AnalyserNode | null = null;
  #microphoneMeter: AnalyserNode | null = null;
  #capture: AudioNode[] = [];
  #element: HTMLAudioElement | null = null;
  #loopDelay: DelayMeter | null = null;
  #offsets: { at: number; offset: number }[] = [];
  #resampler: { from: number; one: Resampler } | null = null;
  #next: { stamp: number; frame: number } | null = null;
  #delay = 0;
  #until = 0; // [s] when the voice that came so far ends
  readonly #clock: AgentClock;

  constructor(clock: AgentClock) {
    this.#clock = clock;
  }

  get on(): boolean {
    return this.#context?.state === "running" && this.path !== "none";
  }

  get rate(): number {
    return this.#context?.sampleRate ?? 0;
  }

  /** To be called when a key or button was pressed: browsers are silent until then. */
  async start(): Promise<void> {
    this.#starting ??= this.#build();
    await this.#starting;
    await this.#context!.resume();
  }

  async #build(): Promise<void> {
    const context = new AudioContext({ latencyHint: "interactive" });
    this.#context = context;
    await Promise.all([captureUrl, playbackUrl].map((url) => context.audioWorklet.addModule(url)));
    await context.resume();
    this.path = "starting";
    this.#playback = new AudioWorkletNode(context, "playback", { numberOfInputs: 0, outputChannelCount: [1] });
    this.#gain = new GainNode(context);
    this.#voiceMeter = new AnalyserNode(context, { fftSize: 1024 });
    this.#probe = new AudioWorkletNode(context, "loudness", { numberOfInputs: 2, numberOfOutputs: 1 });
    this.#playback.connect(this.#gain);
    this.#playback.connect(this.#voiceMeter);
    this.#playback.connect(this.#probe, 0, 0);
    this.#probe.connect(context.destination); // it is silent, but only what leads there is computed
    this.#probe.port.onmessage = ({ data }) => this.#measured(data as { frame: number; levels: Float32Array[] });
    this.#track();
    setInterval(() => this.#track(), TRACK_MS);
    await this.#lead(context);
  }

  /** To the loudspeaker: the way that the echo canceller hears, or else straight. */
  async #lead(context: AudioContext): Promise<void> {
    const out = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
    this.#gain!.connect(out);
    try {
      const { stream } = await loopedBack(out.stream);
      this.#element = new Audio();
      this.#element.srcObject = stream;
      await this.#element.play();
      new MediaStreamAudioSourceNode(context, { mediaStream: stream }).connect(this.#probe!, 0, 1);
      const second = context.sampleRate / BLOCK;
      this.#loopDelay = new DelayMeter(Math.round(0.5 * second), Math.round(1.5 * second));
      this.path = "loop-back";
    } catch (error) {
      this.trouble = error instanceof Error ? error.message : String(error);
      this.#gain!.disconnect(out);
      this.#gain!.connect(context.destination);
      this.path = "Web Audio";
    }
  }

  #track(): void {
    if (this.#context?.state !== "running") return;
    const at = performance.now();
    this.#offsets = this.#offsets.filter((one) => at - one.at < OFFSET_WINDOW_MS);
    this.#offsets.push({ at, offset: this.#context.currentTime - at / 1000 });
    this.#delay += Math.max(-PACE_S, Math.min(PACE_S, this.#measuredDelay - this.#delay));
  }

  /** The context's clock less `seconds()`: its time moves in steps, so the greatest difference is the true one. */
  get #offset(): number {
    return this.#offsets.reduce((most, one) => Math.max(most, one.offset), -Infinity);
  }

  #measured({ frame, levels }: { frame: number; levels: Float32Array[] }): void {
    const [sent, received] = levels;
    const step = BLOCK / this.rate;
    this.onLoudness(sent!, frame / this.rate - sent!.length * step - this.#offset, step);
    if (this.#loopDelay && received) this.#loopDelay.add(sent!, received);
  }

  /** How much later than the context's clock the voice is heard [s]: what was measured, followed without jumps. */
  get delay(): number {
    return this.#delay;
  }

  get #measuredDelay(): number {
    const context = this.#context!;
    const out = context.outputLatency || context.baseLatency || 0;
    return this.path === "loop-back" ? out + (this.loopDelay ?? LOOP_S) : out;
  }

  /** Of the loop-back alone [s], once a voice was heard through it. */
  get loopDelay(): number | null {
    const steps = this.#loopDelay?.delay ?? null;
    return steps === null ? null : (steps * BLOCK) / this.rate;
  }

  set volume(volume: number) {
    if (this.#gain) this.#gain.gain.value = volume;
  }

  /** Whether a voice is under way. */
  get speaking(): boolean {
    return seconds() < this.#until;
  }

  /** The agent's voice from a stamp of its clock on. */
  play(samples: Int16Array, rate: number, stamp: number): void {
    const end = stamp + (samples.length * RATE) / rate;
    this.#until = Math.max(this.#until, this.#clock.timeOf(end));
    if (!this.on || !this.#playback || !this.#offsets.length) return;
    const goesOn = this.#next && Math.abs(this.#next.stamp - stamp) <= 1 && this.#resampler?.from === rate;
    if (!goesOn) {
      if (this.#resampler && this.#next) this.#post(this.#next.frame, this.#resampler.one.flush());
      this.#resampler = { from: rate, one: new Resampler(rate, this.rate) };
      this.#next = { stamp, frame: Math.round((this.#clock.timeOf(stamp) + this.#offset) * this.rate) };
    }
    const floats = Float32Array.from(samples, (sample) => sample / 32768);
    const made = this.#resampler!.one.push(floats);
    const { frame } = this.#next!;
    this.#next = { stamp: Math.round(end), frame: frame + made.length };
    this.#post(frame, made);
  }

  /** The samples are given away. */
  #post(at: number, samples: Float32Array): void {
    if (samples.length) this.#playback!.port.postMessage({ at, samples }, [samples.buffer]);
  }

  /** Nothing from a stamp of the agent's clock on is played. */
  takeBack(stamp: number): void {
    const time = Math.max(this.#clock.timeOf(stamp), seconds());
    this.#until = Math.min(this.#until, time);
    this.#next = this.#resampler = null;
    if (this.#playback) this.#playback.port.postMessage({ cut: Math.round((time + this.#offset) * this.rate) });
  }

  /** Rejects with what the browser says: refused, none there, in use. */
  async listen(): Promise<void> {
    if (!navigator.mediaDevices) throw new DOMException("", "SecurityError");
    const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };
    const asked = navigator.mediaDevices.getUserMedia({ audio });
    const [stream] = await Promise.all([asked, this.start()]);
    this.deafen();
    this.microphone = stream;
    const context = this.#context!;
    const source = new MediaStreamAudioSourceNode(context, { mediaStream: stream });
    const capture = new AudioWorkletNode(context, "capture", { numberOfOutputs: 1 });
    this.#microphoneMeter = new AnalyserNode(context, { fftSize: 1024 });
    source.connect(capture).connect(context.destination); // silent, see above
    source.connect(this.#microphoneMeter);
    capture.port.onmessage = ({ data }: MessageEvent<{ samples: Int16Array; at: number }>) => {
      if (this.microphone === stream) this.onHeard({ samples: data.samples, time: data.at - this.#offset });
    };
    this.#capture = [source, capture];
  }

  deafen(): void {
    for (const node of this.#capture) node.disconnect();
    this.#capture = [];
    for (const track of this.microphone?.getTracks() ?? []) track.stop();
    this.microphone = null;
    this.#microphoneMeter = null;
  }

  /** Loudness of now, 0 to 1 over the 45 dB below full. */
  get voiceLevel(): number {
    return levelOf(this.#voiceMeter);
  }

  get microphoneLevel(): number {
    return levelOf(this.#microphoneMeter);
  }

  /** Reads a recording, in this browser: mono at 16 kHz. */
  static async read(file: Blob): Promise<Int16Array> {
    const reader = new OfflineAudioContext(1, 1, RATE);
    const sound = await reader.decodeAudioData(await file.arrayBuffer());
    const mixed = new Int16Array(sound.length);
    const channels = Array.from({ length: sound.numberOfChannels }, (_, i) => sound.getChannelData(i));
    for (let i = 0; i < mixed.length; i++) {
      const mean = channels.reduce((sum, channel) => sum + channel[i]!, 0) / channels.length;
      mixed[i] = Math.max(-1, Math.min(1, mean)) * 32767;
    }
    return mixed;
  }
}

const levels = new Float32Array(1024);

function levelOf(meter: AnalyserNode | null): number {
  if (!meter) return 0;
  meter.getFloatTimeDomainData(levels);
  const power = levels.reduce((sum, value) => sum + value * value, 0) / levels.length;
  return Math.max(0, Math.min(1, 1 + (10 * Math.log10(power + 1e-12)) / 45));
}
