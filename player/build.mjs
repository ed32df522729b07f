// Bundles src/ and three.js into the asset that ships with the package: npm ci && npm run build
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { build } from "esbuild";

const folder = new URL("src/", import.meta.url);
const hash = createHash("sha256");
for (const name of readdirSync(folder).sort()) hash.update(readFileSync(new URL(name, folder)));
const licence = readFileSync(new URL("node_modules/three/LICENSE", import.meta.url), "utf8").trim();
const version = JSON.parse(readFileSync(new URL("node_modules/three/package.json", import.meta.url), "utf8")).version;

await build({
  entryPoints: [new URL("src/main.js", import.meta.url).pathname],
  outfile: new URL("../src/visavis/assets/player/player.js", import.meta.url).pathname,
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  charset: "ascii",
  legalComments: "none",
  logLevel: "info",
  banner: { js: `/* The player of visavis, Apache-2.0; sources in player/src, sha256 ${hash.digest("hex")}\n\nWith three.js ${version}:\n\n${licence}\n*/` },
});
