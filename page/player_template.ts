// The package's player as one text: its style and script are in it, a title and a recording are not yet.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** `${title}` and `${performance}` are left to be filled in (page/src/player.ts), the latter first of all that is so called. */
export function playerTemplate(folder: string): string {
  const [html, style, script] = ["html", "css", "js"].map((kind) => readFileSync(join(folder, `player.${kind}`), "utf-8"));
  const hash = (text: string): string => `sha256-${createHash("sha256").update(text).digest("base64")}`;
  return html!
    .replace("${style_hash}", () => hash(style!))
    .replace("${script_hash}", () => hash(script!))
    .replace("${style}", () => style!)
    .replace("${script}", () => script!);
}
