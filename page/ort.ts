// onnxruntime-web as it goes beside the page, for pages whose model runs in the browser. It is loaded by those alone.

import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const WASM = ["ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm"];
const WEBGPU = ["ort.jspi.min.mjs", "ort-wasm-simd-threaded.jspi.mjs", "ort-wasm-simd-threaded.jspi.wasm"];
const FILES = [...WASM, ...WEBGPU];
const NOTICE = `onnxruntime-web, https://www.npmjs.com/package/onnxruntime-web
Copyright (c) Microsoft Corporation. Licensed under the MIT License.
`;

export function copyOnnxRuntime(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const file of FILES) copyFileSync(join(from, file), join(to, file));
  writeFileSync(join(to, "NOTICE.txt"), NOTICE);
}
