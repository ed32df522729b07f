// Arrays and what is said about them as the player reads them (the other half of player/src/unpack.js, as pack.py).

const STEPS = 65535;
const AT_ONCE = 0x6000; // bytes, a multiple of 3

export interface Entry {
  at: number;
  kind: string;
  shape: number[];
  low?: number;
  scale?: number;
  running?: boolean;
}

export class Pack {
  #parts: Uint8Array[] = [];
  #length = 0;

  /** Whole numbers as they are. */
  add(values: Uint8Array | Uint16Array | Int16Array, shape: number[]): Entry {
    const kind = values instanceof Uint8Array ? "u1" : values instanceof Uint16Array ? "u2" : "i2";
    return { at: this.#put(new Uint8Array(values.buffer, values.byteOffset, values.byteLength)), kind, shape };
  }

  /** Numbers in 65 535 even steps from the least to the greatest. */
  addScaled(values: Float32Array, shape: number[]): Entry {
    let [low, high] = [Infinity, -Infinity];
    for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
    const scale = values.length && high > low ? (high - low) / STEPS : 0;
    const steps = Uint16Array.from(values, (value) => (scale ? Math.round((value - low) / scale) : 0));
    return { ...this.add(steps, shape), low: values.length ? low : 0, scale };
  }

  /** All arrays of another pack; gives what is to be added to where its entries begin. */
  addAll(bytes: Uint8Array): number {
    return this.#put(bytes);
  }

  #put(bytes: Uint8Array): number {
    const at = this.#length;
    const padded = new Uint8Array(4 * Math.ceil(bytes.length / 4));
    padded.set(bytes);
    this.#parts.push(padded);
    this.#length += padded.length;
    return at;
  }

  /** Header and arrays: gzip, base64. */
  async text(header: object): Promise<string> {
    const told = new TextEncoder().encode(JSON.stringify(header));
    const head = new Uint8Array(4 * Math.ceil((4 + told.length) / 4)).fill(32);
    new DataView(head.buffer).setUint32(0, head.length - 4, true);
    head.set(told, 4);
    const stream = new Blob([head, ...this.#parts] as BlobPart[]).stream().pipeThrough(new CompressionStream("gzip"));
    return base64(new Uint8Array(await new Response(stream).arrayBuffer()));
  }
}

function base64(bytes: Uint8Array): string {
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; at += AT_ONCE) pieces.push(btoa(String.fromCharCode(...bytes.subarray(at, at + AT_ONCE))));
  return pieces.join("");
}
