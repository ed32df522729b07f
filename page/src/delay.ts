// How much later one row of levels says the same as another.

const LEAST_LEVEL = 0.003;

export class DelayMeter {
  /** Steps by which the second row is late, once it is known. */
  delay: number | null = null;
  readonly #rows: [number[], number[]] = [[], []];
  readonly #longest: number;
  readonly #window: number;

  /** `longest`: of the delay; `window`: how much is compared; both in steps. */
  constructor(longest: number, window: number) {
    [this.#longest, this.#window] = [longest, window];
  }

  add(sent: ArrayLike<number>, received: ArrayLike<number>): void {
    [sent, received].forEach((levels, i) => {
      const row = this.#rows[i]!;
      row.push(...Array.from(levels));
      row.splice(0, row.length - this.#window - this.#longest);
    });
    if (this.#rows[0].length < this.#window + this.#longest) return;
    this.#measure();
  }

  #measure(): void {
    const [sent, received] = this.#rows;
    const base = sent.slice(0, this.#window);
    const mean = base.reduce((sum, value) => sum + value, 0) / this.#window;
    if (mean < LEAST_LEVEL) return;
    let best = { at: 0, alike: 0 };
    for (let lag = 0; lag <= this.#longest; lag++) {
      const alike = correlation(base, received.slice(lag, lag + this.#window));
      if (alike > best.alike) best = { at: lag, alike };
    }
    if (best.alike > 0.8) this.delay = best.at;
  }
}

export function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const n = Math.min(a.length, b.length);
  let [sumA, sumB, aa, bb, ab] = [0, 0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    sumA += a[i]!;
    sumB += b[i]!;
    aa += a[i]! * a[i]!;
    bb += b[i]! * b[i]!;
    ab += a[i]! * b[i]!;
  }
  const spread = Math.sqrt((aa - (sumA * sumA) / n) * (bb - (sumB * sumB) / n));
  return spread > 1e-12 ? (ab - (sumA * sumB) / n) / spread : 0;
}
