"""Where two people are, from a sentence in plain English: positions and facings, and what was understood of it.

Phrases that say something are looked up (`layout_phrases`), lengths read (`layout_measures`), and each phrase given to
the person whom it is about (`layout_people`). Numbers count before words, words about people before their setting;
the same text always gives the same layout. docs/layout.md has the grammar.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass

from visavis.core.errors import VisavisError
from visavis.core.layout import Layout
from visavis.models.talking_together.layout_reading import Said

LONGEST = 500
"""Characters of a text, at most."""
EXAMPLE = (
    '"arguing across a table", "side by side on a sofa, half a metre apart" or "she sits, he stands two metres away"'
)


@dataclass(frozen=True)
class UnderstoodLayout:
    """A layout and what it follows from: what was understood, in words, and the words that say nothing here."""

    layout: Layout
    understood: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()

    @property
    def note(self) -> str:
        """One line: what was understood and what was not."""
        first, second = self.layout.first, self.layout.second
        apart = math.hypot(first.position[0] - second.position[0], first.position[2] - second.position[2])
        heights = f"heads at {first.position[1]:.2f} and {second.position[1]:.2f} m"
        left = f"; not understood: {', '.join(self.ignored)}" if self.ignored else ""
        return f"{', '.join(self.understood)}: {apart:.2f} m apart, {heights}{left}"


def layout_from_words(text: str) -> Layout:
    """The layout that a sentence describes; raises `VisavisError` as `understand_layout` does."""
    return understand_layout(text).layout


def understand_layout(text: str) -> UnderstoodLayout:
    """The layout that a sentence describes, with what was understood of it.

    What is not said is as in the usual layout: seated, face to face, 1.2 m apart. Raises `VisavisError` for text in
    which nothing says where people are, that is longer than `LONGEST`, or whose distance cannot be.
    """
    written = _plain(text)
    lowered = written.lower()
    if not lowered or len(lowered) > LONGEST:
        raise VisavisError(
            f"a layout is 1 to {LONGEST} characters of plain English, {len(lowered)} were given; {_such_as()}"
        )
    said = Said(lowered, written)
    if not said.understood:
        raise VisavisError(f"nothing in {text.strip()!r} says where two people are; say it as in {_such_as()}")
    return UnderstoodLayout(said.layout(), tuple(said.understood), tuple(said.ignored()))


def _plain(text: str) -> str:
    """Text with plain letters, quotes and spaces, of the same length or shorter."""
    replaced = text.replace("’", "'").replace("½", ".5").replace("–", "-").replace("—", " - ")
    decomposed = unicodedata.normalize("NFKD", replaced)
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return re.sub(r"(\d) 1/2", r"\1.5", re.sub(r"\s+", " ", bare)).strip()


def _such_as() -> str:
    return f"for example {EXAMPLE}"
