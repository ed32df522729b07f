// Builds the page into the package: what `visavis serve` gives out.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig, type Plugin } from "vite";

const here = import.meta.dirname;
const OUT = join(here, "..", "src", "visavis", "assets", "page");
const MESH = [
  "face_mesh.js", "face_mesh.binarypb", "face_mesh_solution_packed_assets.data", "face_mesh_solution_packed_assets_loader.js",
  "face_mesh_solution_simd_wasm_bin.js", "face_mesh_solution_simd_wasm_bin.wasm", "face_mesh_solution_simd_wasm_bin.data",
];

/** The landmark model of the camera goes beside the page, for browsers with SIMD alone (all since 2023). */
function faceMesh(): Plugin {
  return {
    name: "face-mesh",
    closeBundle() {
      const [from, to] = [join(here, "node_modules", "@mediapipe", "face_mesh"), join(OUT, "face_mesh")];
      mkdirSync(to, { recursive: true });
      // The graph gets an ending that servers know.
      for (const name of MESH) writeFileSync(join(to, name.replace(/\.binarypb$/, ".bin")), readFileSync(join(from, name)));
    },
  };
}

/** What the page was built of, so that an old build is noticed (build_backend/visavis_build.py computes the same). */
function stamp(): Plugin {
  return {
    name: "stamp",
    closeBundle() {
      const hash = createHash("sha256");
      for (const path of sources(here)) hash.update(path).update(readFileSync(join(here, path)));
      writeFileSync(join(OUT, "sources.sha256"), `${hash.digest("hex")}\n`);
    },
  };
}

function sources(folder: string): string[] {
  const listed = ["index.html", "package-lock.json", "vite.config.ts"];
  for (const part of ["src", "public", join("..", "player", "src")])
    for (const entry of readdirSync(join(folder, part), { recursive: true, withFileTypes: true }))
      if (entry.isFile()) listed.push(join(part, entry.parentPath.slice(join(folder, part).length + 1), entry.name));
  return listed.map((path) => path.replaceAll("\\", "/")).sort();
}

export default defineConfig({
  base: "./",
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
  },
  resolve: { dedupe: ["three"] },
  worker: { format: "es" },
  plugins: [faceMesh(), stamp()],
});
