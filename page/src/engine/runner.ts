// An exported model, call by call: what src/visavis/export/runner.py does.

import type { InferenceSession, Tensor, TypedTensor } from "onnxruntime-common";
import type { Manifest, StateTensor } from "./manifest.ts";

/** What of onnxruntime is needed. */
export interface Runtime {
  Tensor: typeof Tensor;
}

/** All memory of a conversation; a value that can be kept and gone back to. */
export type State = Record<string, Tensor>;

export interface Drawn {
  /** Frame after frame, person after person. */
  motion: Float32Array;
  /** The number of a class, for each frame, by name. */
  labels: Record<string, number[]>;
}

export class Runner {
  readonly manifest: Manifest;
  readonly #session: InferenceSession;
  readonly #runtime: Runtime;
  readonly #outputs: string[];

  constructor(manifest: Manifest, session: InferenceSession, runtime: Runtime) {
    [this.manifest, this.#session, this.#runtime] = [manifest, session, runtime];
    this.#outputs = ["motion", ...manifest.labels.map(({ name }) => name), ...manifest.state.map(({ output }) => output)];
  }

  /** The state before the first call. */
  initState(): State {
    return Object.fromEntries(this.manifest.state.map((one) => [one.input, this.#initial(one)]));
  }

  /** One call: a hop of each input, null where it is not known. In the first `warm_up` calls the motion means nothing. */
  async step(given: Record<string, Float32Array | null>, noise: Float32Array, state: State): Promise<{ drawn: Drawn; state: State }> {
    const { inputs, labels, hop } = this.manifest;
    const { Tensor } = this.#runtime;
    const feeds: Record<string, Tensor> = { ...state, noise: new Tensor("float32", noise, [1, noise.length]) };
    for (const one of inputs) {
      const value = given[one.name] ?? null;
      feeds[one.tensor] = new Tensor("float32", value ?? new Float32Array(sizeOf(one.shape)), one.shape);
      if (one.known) feeds[one.known] = new Tensor("bool", new Uint8Array(hop).fill(value ? 1 : 0), [1, hop]);
    }
    const made = await this.#session.run(feeds, this.#outputs);
    const motion = (made.motion as TypedTensor<"float32">).data;
    const told = labels.map(({ name }) => [name, Array.from((made[name] as TypedTensor<"int64">).data, Number)] as const);
    return {
      drawn: { motion, labels: Object.fromEntries(told) },
      state: Object.fromEntries(this.manifest.state.map((one) => [one.input, made[one.output] as Tensor])),
    };
  }

  #initial({ type, shape, initial }: StateTensor): Tensor {
    const { Tensor } = this.#runtime;
    const numbers = typeof initial === "number" ? new Array<number>(sizeOf(shape)).fill(initial) : initial;
    if (type === "int64") return new Tensor("int64", BigInt64Array.from(numbers, BigInt), shape);
    if (type === "bool") return new Tensor("bool", Uint8Array.from(numbers), shape);
    return new Tensor("float32", Float32Array.from(numbers), shape);
  }
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, axis) => size * axis, 1);
}

/** Standard normal numbers from a seed (Marsaglia's xorshift, Box and Muller). */
export class Normal {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed * 2654435761) >>> 0 || 1;
  }

  take(count: number): Float32Array {
    return Float32Array.from({ length: count }, () => Math.sqrt(-2 * Math.log(this.#uniform())) * Math.cos(2 * Math.PI * this.#uniform()));
  }

  #uniform(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return (this.#state + 0.5) / 4294967296;
  }
}
