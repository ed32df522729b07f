"""A text that comes letter by letter -> phrases to be said one after another, the first of them soon."""

from __future__ import annotations

import re

_SENTENCE = re.compile(r"[.!?…。！？]+[\"'”’)\]]*(?=\s)|\n+|[。！？]")
_PART = re.compile(r"[,;:—–](?=\s)")
_SOON = 24
"""Letters after which the first phrase may end at a comma."""
_LONG = 140
"""Letters after which any phrase may, and, failing that, at a space."""
_MARKS = re.compile(r"[*_`#|<>~^\\]+|\[(?P<link>[^\]]*)\]\([^)]*\)")


class Phrasing:
    """Cuts a text as it comes; marks of markdown are left out, and what holds no letter or digit."""

    def __init__(self) -> None:
        self._rest = ""
        self._first = True

    def add(self, text: str) -> list[str]:
        """More of the text; gives the phrases that are whole now."""
        self._rest += text
        found = []
        while (end := self._end()) is not None:
            phrase, self._rest = spoken(self._rest[:end]), self._rest[end:]
            if phrase:
                found.append(phrase)
                self._first = False
        return found

    def rest(self) -> list[str]:
        """What is left when no more comes."""
        phrase, self._rest = spoken(self._rest), ""
        return [phrase] if phrase else []

    def _end(self) -> int | None:
        found = _SENTENCE.search(self._rest)
        end = found.end() if found else None
        if self._first and (end is None or end > _LONG):
            part = next((one.end() for one in _PART.finditer(self._rest) if one.end() >= _SOON), None)
            end = part if part is not None and (end is None or part < end) else end
        if (end is None or end > 2 * _LONG) and len(self._rest) > _LONG:
            part = next((one.end() for one in _PART.finditer(self._rest) if one.end() >= _LONG), None)
            space = self._rest.find(" ", 2 * _LONG)
            return part if part is not None else space if space > 0 else end
        return end


def spoken(text: str) -> str:
    """A text as it is said: without marks of markdown, in one line; empty where nothing is left to be said."""
    plain = " ".join(_MARKS.sub(lambda found: found["link"] or " ", text).split())
    return plain if any(letter.isalnum() for letter in plain) else ""
