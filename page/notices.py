"""Writes what THIRD_PARTY_NOTICES.md says of code from npm that ships inside the page and the player.

python page/notices.py

Packages, versions and licences are those of the lockfiles; texts of licences come from node_modules (`npm ci` in page).
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
NOTICES = ROOT / "THIRD_PARTY_NOTICES.md"
BEGIN, END = "<!-- npm: written by page/notices.py -->", "<!-- npm: end -->"
TYPES_ONLY = re.compile(r"@types/|undici-types$")
"""Declarations, of which nothing is left in what is built."""
NODE_ONLY = ("ws",)
"""What a package asks for when Node runs it, and no browser gets."""
PLAYER = ("three",)
"""What the player is bundled with; its lockfile calls all packages tools."""
WITHIN_THREE = ("meshoptimizer",)
"""What three.js holds a copy of, and the page of that: the lockfile has the package because of three's declarations."""
HOLDERS = {
    "onnxruntime-common": "Copyright (c) Microsoft Corporation",
    "onnxruntime-web": "Copyright (c) Microsoft Corporation",
    "pyodide": "Copyright (c) the Pyodide contributors and Mozilla; source: https://github.com/pyodide/pyodide",
    "guid-typescript": "Copyright (c) nicolas, https://github.com/NicolasDeveloper/guid-typescript",
}
"""Whose the packages are that bring no text of their licence."""
WARRANTY = """THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT
LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL
THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF
CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER
DEALINGS IN THE SOFTWARE."""
MIT = f"""Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

{WARRANTY}"""
ISC = """Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby
granted, provided that the above copyright notice and this permission notice appear in all copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL
IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT,
INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF
THIS SOFTWARE."""
MPL = """This Source Code Form is subject to the terms of the Mozilla Public License, v. 2.0. If a copy of the MPL was
not distributed with this file, You can obtain one at https://mozilla.org/MPL/2.0/."""
STANDARD = {"MIT": MIT, "ISC": ISC, "MPL-2.0": MPL}
APACHE = "Apache-2.0"


@dataclass(frozen=True)
class Shipped:
    """A package of npm that ships, whole or in part."""

    name: str
    version: str
    licence: str
    inside: str


def shipped(root: Path = ROOT) -> list[Shipped]:
    """The packages that ship, by the lockfiles: what the page depends on to run, and what the player holds."""
    page, player = (_locked(root / folder / "package-lock.json") for folder in ("page", "player"))
    found = {
        name: Shipped(name, told["version"], told["license"], "page")
        for name, told in page.items()
        if name in WITHIN_THREE or not (told.get("dev") or TYPES_ONLY.match(name) or name in NODE_ONLY)
    }
    for name in PLAYER:
        told, both = player[name], found.get(name)
        if both is not None and both.version != told["version"]:
            sys.exit(f"page and player lock different versions of {name}: {both.version} and {told['version']}")
        found[name] = Shipped(name, told["version"], told["license"], "page, player" if both else "player")
    return [found[name] for name in sorted(found)]


def table(packages: list[Shipped]) -> str:
    """The packages as a Markdown table."""
    rows = [f"| {one.name} | {one.version} | {one.licence} | {one.inside} |" for one in packages]
    return "\n".join(["| package | version | licence | ships in |", "|---|---|---|---|", *rows])


def section(packages: list[Shipped], modules: Path) -> str:
    """The table, and the text of each licence that asks to be given on."""
    texts: dict[str, list[str]] = {}
    for one in packages:
        if one.licence != APACHE:
            texts.setdefault(_text(one, modules), []).append(one.name)
    parts = [f"### {', '.join(names)}\n\n```text\n{text}\n```" for text, names in texts.items()]
    return "\n\n".join([table(packages), *parts])


def replaced(notices: str, written: str) -> str:
    """The notices with the part between the marks exchanged."""
    before, _, rest = notices.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{written}\n\n{END}{after}"


def _locked(path: Path) -> dict[str, dict[str, str]]:
    packages = json.loads(path.read_text(encoding="utf-8"))["packages"]
    return {name.rpartition("node_modules/")[2]: told for name, told in packages.items() if name}


def _text(one: Shipped, modules: Path) -> str:
    """The text of a package's licence: its own, or the standard one with who holds the rights."""
    own = sorted((modules / one.name).glob("LICENSE*"))
    if own:
        return own[0].read_text(encoding="utf-8").strip().replace("\r\n", "\n")
    if one.name not in HOLDERS:
        sys.exit(f"{modules / one.name} has no LICENSE; run npm ci in page, or name whose it is in HOLDERS")
    return f"{HOLDERS[one.name]}\n\n{STANDARD[one.licence]}"


if __name__ == "__main__":
    told = section(shipped(), ROOT / "page" / "node_modules")
    NOTICES.write_text(replaced(NOTICES.read_text(encoding="utf-8"), told), encoding="utf-8")
    print(NOTICES)
