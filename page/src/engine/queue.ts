// Samples that wait for their call, and whether somebody speaks.

/** Samples in the order in which they came. */
export class Queue {
  #pieces: Float32Array[] = [];
  length = 0;

  put(samples: Float32Array): void {
    this.#pieces.push(samples);
    this.length += samples.length;
  }

  /** The next samples, silence where there are no more. */
  take(count: number): Float32Array {
    const taken = new Float32Array(count);
    let at = 0;
    while (at < count && this.#pieces.length) {
      const piece = this.#pieces[0]!;
      const some = piece.subarray(0, count - at);
      taken.set(some, at);
      at += some.length;
      if (some.length === piece.length) this.#pieces.shift();
      else this.#pieces[0] = piece.subarray(some.length);
    }
    this.length -= at;
    return taken;
  }

  /** Leave out the oldest samples beyond so many. */
  keep(most: number): void {
    if (this.length > most) this.take(this.length - most);
  }
}

const LOUD = 0.012; // root mean square of full scale
const HOLD = 12; // calls without loudness until somebody is silent

/** Whether a voice speaks, by its loudness alone. */
export class Talking {
  speaking = false;
  /** Whether that is so since the last call. */
  changed = false;
  #quiet = 0;

  hear(samples: Float32Array): boolean {
    const power = samples.reduce((sum, x) => sum + x * x, 0) / Math.max(1, samples.length);
    this.#quiet = power > LOUD * LOUD ? 0 : this.#quiet + 1;
    const before = this.speaking;
    this.speaking = this.#quiet === 0 || (before && this.#quiet < HOLD);
    this.changed = before !== this.speaking;
    return this.speaking;
  }
}
