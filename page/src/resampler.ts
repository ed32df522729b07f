// Sound from one whole rate to another, piece by piece: a windowed sinc, the same to the bit however the sound is cut.

const CROSSINGS = 16; // of the sinc, to either side
const BETA = 9; // of the Kaiser window: 90 dB
const PASSED = 0.94; // of the narrower band

/** Output n lies at the input's sample n * from / to. */
export class Resampler {
  /** Input that an output needs beyond its own place [s]. */
  readonly delay: number;
  readonly #up: number;
  readonly #down: number;
  readonly #half: number;
  readonly #phases: Float32Array[] = [];
  #kept: Float32Array;
  #phase = 0; // of the next output, in steps of 1 / up of an input sample
  #place: number; // of the next output in #kept

  constructor(from: number, to: number) {
    const common = divisor(from, to);
    [this.#up, this.#down] = [to / common, from / common];
    const cutoff = from === to ? 1 : PASSED * Math.min(1, to / from);
    this.#half = from === to ? 0 : Math.ceil(CROSSINGS / cutoff);
    this.delay = this.#half / from;
    this.#kept = new Float32Array(this.#half);
    this.#place = this.#half;
    for (let phase = 0; phase < this.#up; phase++) this.#phases.push(this.#taps(phase / this.#up, cutoff));
  }

  /** Taps for an output that lies `past` an input sample; they let a steady value pass as it is. */
  #taps(past: number, cutoff: number): Float32Array {
    if (!this.#half) return Float32Array.of(1);
    const taps = Float64Array.from({ length: 2 * this.#half + 1 }, (_, i) => {
      const x = i - this.#half - past;
      const inside = Math.max(0, 1 - (x / (this.#half + 1)) ** 2);
      return cutoff * sinc(cutoff * x) * (bessel(BETA * Math.sqrt(inside)) / bessel(BETA));
    });
    const sum = taps.reduce((total, tap) => total + tap, 0);
    return Float32Array.from(taps, (tap) => tap / sum);
  }

  /** What can be told after so much more input. */
  push(input: Float32Array): Float32Array {
    const all = new Float32Array(this.#kept.length + input.length);
    all.set(this.#kept);
    all.set(input, this.#kept.length);
    const output: number[] = [];
    while (this.#place + this.#half < all.length) {
      const taps = this.#phases[this.#phase]!;
      const first = this.#place - this.#half;
      let sum = 0;
      for (let k = 0; k < taps.length; k++) sum += taps[k]! * all[first + k]!;
      output.push(sum);
      this.#phase += this.#down;
      this.#place += Math.floor(this.#phase / this.#up);
      this.#phase %= this.#up;
    }
    const first = Math.max(0, Math.min(this.#place - this.#half, all.length));
    this.#kept = all.slice(first);
    this.#place -= first;
    return Float32Array.from(output);
  }

  /** The rest, as if silence followed. */
  flush(): Float32Array {
    return this.push(new Float32Array(this.#half));
  }
}

function sinc(x: number): number {
  return Math.abs(x) < 1e-9 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** The modified Bessel function of order 0. */
function bessel(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > 1e-12 * sum; k++) sum += term *= (x / (2 * k)) ** 2;
  return sum;
}

function divisor(a: number, b: number): number {
  return b ? divisor(b, a % b) : a;
}
