// Typed lines as pieces with their phonemes: by hibari's own Python, which Pyodide runs.

import type { PyodideAPI } from "pyodide";

export interface Piece {
  text: string;
  letters: string;
  pause_s: number;
}

interface Reading {
  pieces: Piece[];
  unknown: string[];
  unsayable: string[];
}

const READER = `
from hibari.g2p import G2P
from hibari.g2p.normalize import normalize
from spoken_line import Reader
Reader(lambda said: G2P(oov=said), normalize)
`;

export class Reader {
  readonly #read: (text: string, known: string) => string;
  readonly #pronounce: (word: string) => Promise<string>;
  readonly #known: Record<string, string> = {};

  /** pronounce: phonemes of a word that is in no lexicon, or "". */
  private constructor(read: (text: string, known: string) => string, pronounce: (word: string) => Promise<string>) {
    [this.#read, this.#pronounce] = [read, pronounce];
  }

  /** packed: reading.zip. */
  static async open(pyodide: URL, packed: Promise<Uint8Array<ArrayBuffer>>, pronounce: (word: string) => Promise<string>): Promise<Reader> {
    const { loadPyodide } = (await import(/* @vite-ignore */ new URL("pyodide.mjs", pyodide).href)) as typeof import("pyodide");
    const python: PyodideAPI = await loadPyodide({ indexURL: pyodide.href });
    python.unpackArchive(await packed, "zip");
    const reader = python.runPython(READER) as { read_json(text: string, known: string): string };
    return new Reader((text, known) => reader.read_json(text, known), pronounce);
  }

  /** The pieces of a line, and its words that cannot be said. */
  async read(text: string): Promise<Pick<Reading, "pieces" | "unsayable">> {
    const reading = this.#once(text);
    if (!reading.unknown.length) return reading;
    for (const word of reading.unknown) this.#known[word] = await this.#pronounce(word);
    return this.#once(text);
  }

  #once(text: string): Reading {
    return JSON.parse(this.#read(text, JSON.stringify(this.#known))) as Reading;
  }
}
