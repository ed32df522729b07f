// The voice of typed lines as the page has it: fetched when it is wanted, and what it says about itself.

import { RATE } from "../timeline.ts";
import type { Piece } from "./reader.ts";
import type { Asked, Told } from "./voice_worker.ts";

export interface VoiceListener {
  /** A piece of a line, at 16 kHz. */
  piece(text: string, sound: Float32Array): void;
  /** What goes on; "": nothing any more. */
  note(text: string): void;
  problem(text: string): void;
}

export class Voice {
  readonly name: string;
  /** Of the pieces so far: seconds of sound that are drawn in a second. */
  paces: number[] = [];
  /** The sound of the last piece, at 16 kHz. */
  last: Float32Array | null = null;
  ready = false;
  readonly #base: string;
  readonly #listener: VoiceListener;
  #worker: Worker | null = null;
  #turn = 0;
  #waiting = 0; // lines that were typed before it could speak
  #slow = false;
  #read: ((pieces: Piece[]) => void) | null = null;

  /** base: the address of the folder that holds voice/, pyodide/ and ort/. */
  constructor(name: string, base: string, listener: VoiceListener) {
    [this.name, this.#base, this.#listener] = [name, base, listener];
  }

  /** Fetch it, unless that is done. */
  open(): void {
    if (this.#worker) return;
    const worker = new Worker(new URL("./voice_worker.ts", import.meta.url), { type: "module" });
    this.#worker = worker;
    worker.onmessage = ({ data }: MessageEvent<Told>) => this.#told(data);
    worker.onerror = ({ message }) => this.#failed(message || "its thread does not start");
    this.#ask({ kind: "open", base: this.#base, threads: Number(new URLSearchParams(location.search).get("threads") ?? 1) });
  }

  /** Lines follow one another. */
  say(text: string): void {
    this.open();
    if (!this.ready) {
      this.#waiting++;
      this.#listener.note("The voice is on its way …");
    }
    this.#ask({ kind: "say", text, turn: this.#turn });
  }

  /** What a line is said in, piece by piece, without saying it. */
  read(text: string): Promise<Piece[]> {
    this.open();
    return new Promise((done) => {
      this.#read = done;
      this.#ask({ kind: "read", text });
    });
  }

  /** What is not heard yet is not said. */
  stop(): void {
    if (this.#waiting && !this.ready) this.#listener.note("");
    this.#waiting = 0;
    if (this.#worker) this.#ask({ kind: "stop", turn: ++this.#turn });
  }

  #ask(asked: Asked): void {
    this.#worker!.postMessage(asked);
  }

  #told(told: Told): void {
    if (told.kind === "loading") this.#loading(told.bytes, told.of);
    else if (told.kind === "ready") {
      this.ready = true;
      if (this.#waiting) this.#listener.note("");
    } else if (told.kind === "piece") this.#piece(told);
    else if (told.kind === "read") this.#read?.(told.pieces);
    else if (told.kind === "unsayable") this.#unsayable(told.words, told.all);
    else this.#failed(told.text);
  }

  #loading(bytes: number, of: number): void {
    if (!this.#waiting) return;
    const megabytes = (count: number): string => (count / 1e6).toFixed(0);
    this.#listener.note(bytes < of ? `The voice is on its way: ${megabytes(bytes)} of ${megabytes(of)} MB …` : "The voice is here, and is being made ready …");
  }

  #piece({ turn, text, sound, drawn_s }: Extract<Told, { kind: "piece" }>): void {
    if (turn !== this.#turn) return;
    const pace = sound.length / RATE / drawn_s;
    this.paces.push(pace);
    this.last = sound;
    this.#listener.piece(text, sound);
    if (pace < 1 && !this.#slow) this.#listener.problem(`This machine draws the voice slower than it speaks, at ${pace.toFixed(1)} of its pace: it pauses between sentences`);
    this.#slow = pace < 1;
  }

  #unsayable(words: string[], all: boolean): void {
    const left = words.length ? `It cannot say ${words.map((word) => `“${word}”`).join(", ")}` : "There is nothing in this line to be said";
    this.#listener.problem(all ? `${left}: write it in English letters` : `${left}, and leaves it out`);
  }

  #failed(text: string): void {
    this.#worker?.terminate();
    this.#worker = null;
    this.ready = false;
    this.#waiting = this.#turn = 0;
    this.#listener.problem(`The voice does not speak in this browser: ${text}`);
  }
}
