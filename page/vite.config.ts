// Builds the page into the package: what `visavis serve` gives out.
import { join } from "node:path";
import { defineConfig, type Plugin } from "vite";
import { copyFaceMesh } from "./face_mesh.ts";
import { copyOnnxRuntime } from "./ort.ts";

const here = import.meta.dirname;

/** The landmark model of the camera goes beside the page. */
function faceMesh(): Plugin {
  let out = "";
  return {
    name: "face-mesh",
    configResolved: ({ build }) => void (out = build.outDir),
    closeBundle: () => copyFaceMesh(join(here, "node_modules", "@mediapipe", "face_mesh"), join(out, "face_mesh")),
  };
}

/** What runs models in a page without a server goes beside it, too; the other page never asks for it. */
function onnxRuntime(): Plugin {
  let out = "";
  return {
    name: "onnxruntime",
    configResolved: ({ build }) => void (out = build.outDir),
    closeBundle: () => copyOnnxRuntime(join(here, "node_modules", "onnxruntime-web", "dist"), join(out, "engine", "ort")),
  };
}

export default defineConfig({
  base: "./",
  build: {
    outDir: join(here, "..", "src", "visavis", "assets", "page"),
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
  },
  resolve: { dedupe: ["three"] },
  worker: { format: "es" },
  plugins: [faceMesh(), onnxRuntime()],
});
