// Builds the page into the package: what `visavis serve` gives out.
import { join } from "node:path";
import { defineConfig, type Plugin } from "vite";
import { copyFaceMesh } from "./face_mesh.ts";

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
  plugins: [faceMesh()],
});
