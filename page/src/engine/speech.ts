// From the letters of phonemes to sound, and from the letters of an unknown word to those of its phonemes.

import type { InferenceSession, Tensor, TypedTensor } from "onnxruntime-common";
import { Resampler } from "../resampler.ts";
import { RATE } from "../timeline.ts";
import type { Normal, Runtime } from "./runner.ts";
import type { VoiceManifest, WordLetters } from "./voice_manifest.ts";

const LEVEL = 0.09; // root mean square of a piece
const PEAK = 0.98;
const SHORTEST = 3; // frames

/** A voice's two networks, one after the other: what is to be heard, and the sound of it. */
export class Speech {
  readonly #manifest: VoiceManifest;
  readonly #description: InferenceSession;
  readonly #synthesis: InferenceSession;
  readonly #runtime: Runtime;

  constructor(manifest: VoiceManifest, description: InferenceSession, synthesis: InferenceSession, runtime: Runtime) {
    [this.#manifest, this.#description, this.#synthesis, this.#runtime] = [manifest, description, synthesis, runtime];
  }

  /** The sound of phonemes at the voice's own rate. Letters that the voice does not have are left out. */
  async speak(letters: string, normal: Pick<Normal, "take">): Promise<Float32Array> {
    const { Tensor } = this.#runtime;
    const numbers = [0, ...[...letters].map((letter) => this.#manifest.letters[letter]).filter((one) => one !== undefined), 0];
    const ids = new Tensor("int64", BigInt64Array.from(numbers, BigInt), [1, numbers.length]);
    const described = await this.#description.run({ ids, speed: new Tensor("float32", Float32Array.of(1), [1]) });
    const frames = described.f0!.dims[1]!;
    if (frames < SHORTEST) return new Float32Array(0);
    const { bins } = this.#manifest;
    const noise = new Tensor("float32", normal.take(2 * bins * frames), [1, bins, frames, 2]);
    const { sound } = await this.#synthesis.run({ ...described, noise });
    return (sound as TypedTensor<"float32">).data;
  }
}

/** A piece as the agent says it: at 16 kHz, as loud as any other, with its pause [s]. */
export function levelled(sound: Float32Array, rate: number, pause_s: number): Float32Array<ArrayBuffer> {
  const resampler = new Resampler(rate, RATE);
  const [most, rest] = [resampler.push(sound), resampler.flush()];
  const whole = new Float32Array(most.length + rest.length + Math.round(pause_s * RATE));
  whole.set(most);
  whole.set(rest, most.length);
  const heard = whole.subarray(0, most.length + rest.length);
  const level = Math.sqrt(heard.reduce((sum, x) => sum + x * x, 0) / Math.max(1, heard.length));
  const gain = LEVEL / Math.max(level, 1e-4);
  for (let i = 0; i < heard.length; i++) heard[i] = Math.max(-PEAK, Math.min(PEAK, gain * heard[i]!));
  return whole;
}

/** How a word of no lexicon is said, "" if none of its letters are known. */
export async function pronounced(word: string, letters: WordLetters, network: Pick<InferenceSession, "run">, { Tensor }: Runtime): Promise<string> {
  const numbers = [...word].map((letter) => letters.read.indexOf(letter) + 1).filter((one) => one > 0).slice(0, letters.longest);
  if (!numbers.length) return "";
  const { ids } = await network.run({ chars: new Tensor("int64", BigInt64Array.from(numbers, BigInt), [1, numbers.length]) });
  const told = Array.from((ids as Tensor).data as BigInt64Array, Number);
  return told.map((one, i) => (one && one !== told[i - 1] ? letters.said[one - 1]! : "")).join("");
}
