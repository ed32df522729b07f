// What stands beside a voice, voice.json (src/visavis/export/voice.py).

export const VERSION = 1;
export const FILES = ["description.onnx", "synthesis.onnx", "words.onnx", "reading.zip"] as const;
export type File = (typeof FILES)[number];

export interface VoiceManifest {
  format: string;
  version: number;
  name: string;
  /** Samples a second of its sound. */
  rate: number;
  /** Of a spectrum. */
  bins: number;
  /** The number of each letter of a phoneme. */
  letters: Record<string, number>;
  words: WordLetters;
  bytes: Record<File, number>;
}

/** The letters that the network of unknown words reads, and those that it says. */
export interface WordLetters {
  read: string[];
  said: string[];
  longest: number;
}

/** Throws for what is no voice of this version. */
export function readVoice(text: string): VoiceManifest {
  const told = JSON.parse(text) as VoiceManifest;
  if (told.format !== "visavis-voice") throw new Error("this is no voice");
  if (told.version !== VERSION) throw new Error(`the voice is of version ${told.version}, this page speaks with version ${VERSION}: write the page again`);
  return told;
}
