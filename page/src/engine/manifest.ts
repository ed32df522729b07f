// What stands beside an exported network, manifest.json (docs/export_onnx.md).

export const VERSION = 1;

export interface InputTensor {
  name: string;
  kind: "speech" | "motion" | "signal";
  tensor: string;
  shape: number[];
  /** The first frame that call 0 takes of it. */
  first_frame: number;
  /** The input that says where it is known, if the network asks. */
  known: string | null;
}

export interface StateTensor {
  name: string;
  input: string;
  output: string;
  shape: number[];
  type: "float32" | "int64" | "bool";
  initial: number | number[];
}

export interface Manifest {
  format: string;
  version: number;
  model: string;
  sample_rate: number;
  fps: number;
  hop: number;
  warm_up: number;
  space: string;
  channels: string[];
  mean_face: number[];
  people: string[];
  inputs: InputTensor[];
  noise: number;
  labels: { name: string; classes: string[] }[];
  state: StateTensor[];
  networks: { precision: string; file: string; bytes: number }[];
}

/** Throws for what is no manifest of this version. */
export function read(text: string): Manifest {
  const told = JSON.parse(text) as Manifest;
  if (told.format !== "visavis-onnx") throw new Error("this is no exported model");
  if (told.version !== VERSION) throw new Error(`the model is of version ${told.version}, this page runs version ${VERSION}: export it again`);
  return told;
}
