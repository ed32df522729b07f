// Pyodide as it goes beside the page, for pages without a server whose voice reads typed lines. It is loaded by those alone.

import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const FILES = ["pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "pyodide-lock.json", "python_stdlib.zip"];
const NOTICE = `Pyodide, https://www.npmjs.com/package/pyodide
Copyright (c) the Pyodide contributors and Mozilla. Mozilla Public License 2.0, https://mozilla.org/MPL/2.0/; its source is
at https://github.com/pyodide/pyodide. Nothing in it was changed.
It holds CPython, https://www.python.org, whose licence is LICENSE.python.txt; what that is built with is acknowledged at
https://docs.python.org/3/license.html.
`;

export function copyPyodide(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  copyFileSync(join(import.meta.dirname, "LICENSE.python.txt"), join(to, "LICENSE.python.txt"));
  for (const file of FILES) copyFileSync(join(from, file), join(to, file));
  writeFileSync(join(to, "NOTICE.txt"), NOTICE);
}
