// Builds the page into the package: what `visavis serve` gives out.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig, type Plugin } from "vite";
import { copyFaceMesh } from "./face_mesh.ts";
import { copyOnnxRuntime } from "./ort.ts";
import { playerTemplate } from "./player_template.ts";
import { copyPyodide } from "./pyodide.ts";

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

/** So does what reads typed lines there. */
function pyodide(): Plugin {
  let out = "";
  return {
    name: "pyodide",
    configResolved: ({ build }) => void (out = build.outDir),
    closeBundle: () => copyPyodide(join(here, "node_modules", "pyodide"), join(out, "engine", "pyodide")),
  };
}

/** The player goes beside the page, with places left for a title and a recording. */
function player(): Plugin {
  let out = "";
  return {
    name: "player",
    configResolved: ({ build }) => void (out = build.outDir),
    closeBundle: () => writeFileSync(join(out, "player.txt"), playerTemplate(join(here, "..", "src", "visavis", "assets", "player"))),
  };
}

/** What draws is fetched beside the script that connects, not after it. */
function figuresAtOnce(): Plugin {
  return {
    name: "figures-at-once",
    transformIndexHtml: {
      order: "post",
      handler: (_html, { bundle }) => {
        const chunk = Object.values(bundle ?? {}).find((one) => one.type === "chunk" && one.name === "figures");
        if (!chunk) return [];
        const shared = chunk.type === "chunk" ? chunk.imports.filter((file) => !/\/index-/.test(file)) : [];
        return [chunk.fileName, ...shared].map((file) => ({
          tag: "link", injectTo: "head" as const, attrs: { rel: "modulepreload", crossorigin: true, href: `./${file}` },
        }));
      },
    },
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
  plugins: [faceMesh(), player(), figuresAtOnce(), onnxRuntime(), pyodide()],
});
