// Sound that is to be played from given frames of the context's clock on; and how loud sound is that is looked at.

declare const currentFrame: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, kind: new () => AudioWorkletProcessor): void;

interface Piece {
  at: number;
  samples: Float32Array;
}

/** Messages: `{ at, samples }`, or `{ cut }`: nothing from that frame on is played. */
class Playback extends AudioWorkletProcessor {
  #pieces: Piece[] = [];

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<Piece & { cut?: number }>) => {
      if (data.cut === undefined) this.#pieces.push(data);
      else this.#cut(data.cut);
    };
  }

  #cut(frame: number): void {
    this.#pieces = this.#pieces
      .filter((piece) => piece.at < frame)
      .map(({ at, samples }) => ({ at, samples: samples.subarray(0, Math.max(0, frame - at)) }));
  }

  process(_inputs: Float32Array[][], [output]: Float32Array[][]): boolean {
    const out = output![0]!;
    const stop = currentFrame + out.length;
    for (const { at, samples } of this.#pieces) {
      const [first, last] = [Math.max(at, currentFrame), Math.min(at + samples.length, stop)];
      for (let frame = first; frame < last; frame++) out[frame - currentFrame] = samples[frame - at]!;
    }
    this.#pieces = this.#pieces.filter((piece) => piece.at + piece.samples.length > stop);
    return true;
  }
}

const BLOCKS = 64;

/** Posts the loudness of each of its inputs, block after block of 128 frames. */
class Loudness extends AudioWorkletProcessor {
  #levels: Float32Array[] = [];
  #filled = 0;

  process(inputs: Float32Array[][]): boolean {
    if (!this.#filled) this.#levels = inputs.map(() => new Float32Array(BLOCKS));
    inputs.forEach((input, i) => {
      let sum = 0;
      for (const sample of input[0] ?? []) sum += sample * sample;
      this.#levels[i]![this.#filled] = Math.sqrt(sum / 128);
    });
    if (++this.#filled === BLOCKS) {
      this.port.postMessage({ frame: currentFrame + 128, levels: this.#levels });
      this.#filled = 0;
    }
    return true;
  }
}

registerProcessor("playback", Playback);
registerProcessor("loudness", Loudness);
