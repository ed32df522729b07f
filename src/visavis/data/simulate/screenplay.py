"""A conversation from a written scene: the words, moods and times are yours, what faces do of it is simulated.

`python -m visavis.data.simulate.screenplay SCENE.txt OUT [--seed S]` writes the clip into OUT in DualTalk's layout,
under the name of the scene's file, and prints who says what and when. The format is that of `script.written`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np

from visavis.core.clock import SAMPLE_RATE
from visavis.core.errors import VisavisError
from visavis.core.program import exit_status
from visavis.data.broken import require_file
from visavis.data.simulate.acoustics.chain import Microphone, RecordingChain
from visavis.data.simulate.acoustics.dynamics import AutomaticGain, Clipping
from visavis.data.simulate.acoustics.noises import Background, Coloured
from visavis.data.simulate.conversation import Scene, stage
from visavis.data.simulate.dialogue import record_talk
from visavis.data.simulate.lines import Line, Sounding, speak_lines
from visavis.data.simulate.script.written import (
    PEOPLE,
    Answer,
    WrittenScene,
    WrittenTurn,
    WrittenVoice,
    laughs,
    parse_scene,
    problem,
)
from visavis.data.simulate.store import store_scene
from visavis.data.simulate.talk import Talk
from visavis.data.simulate.text import GRAMMAR, Wording
from visavis.data.simulate.voices.cast import Speaker
from visavis.data.simulate.voices.named import voice_named
from visavis.data.simulate.voices.voice import Request, Voice

_AFTER_WORD = round(0.08 * SAMPLE_RATE)
_BESIDE_LAUGHTER = round(0.35 * SAMPLE_RATE)
"""How long after the beginning or end of laughter the same person speaks [samples]."""

_NOISE_BELOW_DB = 50.0
_PEAKS_DB, _LEVELLED_DB = 8.0, 8.0

Placed = tuple[list[Sounding], list[Sounding]]


@dataclass(frozen=True, eq=False)
class _Spoken:
    """A turn as it sounds: pieces (speech or laughter) in order, and the partner's answers."""

    turn: WrittenTurn
    pieces: tuple[Sounding, ...]
    answers: tuple[Sounding, ...]


def play(written: WrittenScene, name: str, seed: int = 0) -> Scene:
    """The scene acted out; the same arguments give the same one. Person 1 is the agent, person 2 the user.

    Raises `VisavisError`, naming the line, for a voice that is none and for somebody who would speak over the own
    words, and where a voice needs what is not installed.
    """
    rng = np.random.default_rng((seed, len(written.turns)))
    first, second = (
        Speaker(_voice(voice), _quiet_room(person), GRAMMAR) for person, voice in enumerate(written.voices, 1)
    )
    speakers = (first, second)
    placed = _lay_out(_speak(rng, written.turns, (first.voice, second.voice)))
    talks = record_talk(rng, speakers, placed)
    return stage(rng, name, "test", (seed, len(written.turns)), speakers, talks)


def timeline(talks: tuple[Talk, Talk]) -> str:
    """Who says what and when [s], a line for each phrase."""
    said = [(phrase, who) for talk, who in zip(talks, PEOPLE, strict=True) for phrase in talk.phrases]
    lines = []
    for phrase, who in sorted(said, key=lambda item: item[0].start):
        words = " ".join(f"*{word.text}*" if word.emphasis else word.text for word in phrase.words)
        mood = "?" if phrase.question else "!" if phrase.happy else ""
        start, end = (sample / SAMPLE_RATE for sample in (phrase.start, phrase.end))
        lines.append(f"{start:6.2f} {end:6.2f}  {who:5}  {words}{mood}")
    return "\n".join(lines)


def _quiet_room(seed: int) -> RecordingChain:
    """A clean recording: phrases levelled and single peaks bent, as for a broadcast, and faint noise."""
    return RecordingChain(
        peak_db=-6.0,
        seed=seed,
        microphone=Microphone(lowest_hz=80.0),
        backgrounds=(Background(Coloured(-3.0), _NOISE_BELOW_DB),),
        clipping=Clipping(_PEAKS_DB, soft=True),
        gain=AutomaticGain(0.05, 0.5, _LEVELLED_DB),
    )


def _voice(written: WrittenVoice) -> Voice:
    try:
        return voice_named(written.description)
    except VisavisError as error:
        raise problem(written.line, str(error)) from None


def _speak(rng: np.random.Generator, turns: Sequence[WrittenTurn], voices: tuple[Voice, Voice]) -> list[_Spoken]:
    """Speak all turns at once, so that every synthesiser gets its phrases together."""
    lines: list[Line] = []
    for turn in turns:
        own, partner = voices[turn.person - 1], voices[2 - turn.person]
        lines += [_line("utterance", phrases, own) for phrases in _pieces(turn.phrases)]
        lines += [_line("backchannel", [answer.wording], partner) for answer in turn.answers]
    spoken = iter(speak_lines(rng, lines))
    found = []
    for turn in turns:
        pieces = tuple(next(spoken) for _ in _pieces(turn.phrases))
        found.append(_Spoken(turn, pieces, tuple(next(spoken) for _ in turn.answers)))
    return found


def _pieces(phrases: Sequence[Wording]) -> list[list[Wording]]:
    """Phrases that belong to one utterance, and laughter by itself."""
    return [list(group) for _, group in groupby(phrases, laughs)]


def _line(kind: str, phrases: Sequence[Wording], voice: Voice) -> Line:
    return Line("laughter" if laughs(phrases[0]) else kind, tuple(Request(voice, wording) for wording in phrases))


def _lay_out(spoken: Sequence[_Spoken]) -> Placed:
    """Every turn at its gap after all that is said before; answers where they are written; per person in time order."""
    placed: Placed = ([], [])
    clock = 0
    for said in spoken:
        turn = said.turn
        at = clock + round(turn.gap_s * SAMPLE_RATE)
        pieces: list[Sounding] = []
        for piece in said.pieces:
            pieces.append(piece.moved(at))
            _add(placed, turn.line, turn.person, pieces[-1])
            at = pieces[-1].utterance.end + _BESIDE_LAUGHTER
        for answer, sounding in zip(turn.answers, said.answers, strict=True):
            late = _BESIDE_LAUGHTER if sounding.utterance.kind == "laughter" else _AFTER_WORD
            _add(placed, turn.line, 3 - turn.person, sounding.moved(_place(answer, pieces) + late))
        clock = max(clock, pieces[-1].utterance.end)
    return placed


def _place(answer: Answer, pieces: Sequence[Sounding]) -> int:
    """The end of the word that an answer follows, or of the phrase before [samples]."""
    phrases = [phrase for piece in pieces for phrase in piece.utterance.phrases]
    if answer.words:
        phrase = phrases[answer.phrase]
        return phrase.words[min(answer.words, len(phrase.words)) - 1].end if phrase.words else phrase.end
    return phrases[answer.phrase - 1].end if answer.phrase else phrases[0].start


def _add(placed: Placed, line: int, person: int, item: Sounding) -> None:
    who, own = PEOPLE[person - 1], placed[person - 1]
    begins, free = item.utterance.start, own[-1].utterance.end if own else 0
    if begins < free:
        what = f"{who} still speaks" if own else "the recording has not begun"
        raise problem(
            line,
            f"{who} would begin at {begins / SAMPLE_RATE:.2f} s, when {what}; begin "
            f"{(free - begins) / SAMPLE_RATE + 0.005:.2f} s later",
        )
    own.append(item)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 2 for input that cannot be used, told in one line."""
    parser = argparse.ArgumentParser(description="A conversation from a written scene, as a clip with both motions.")
    parser.add_argument("scene", type=Path, metavar="SCENE.txt")
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("--seed", type=int, default=0, help="who acts it out, and what they do")
    chosen = parser.parse_args(arguments)

    def run() -> None:
        scene = _played(chosen.scene, chosen.seed)
        store_scene(chosen.out, scene)
        print(timeline(scene.talks))

    return exit_status(run)


def _played(path: Path, seed: int) -> Scene:
    if seed < 0:
        raise VisavisError(f"the seed {seed} is negative; use 0 or more")
    try:
        text = require_file(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise VisavisError(f"{path}: is not UTF-8 text; save it as plain text in UTF-8") from None
    try:
        return play(parse_scene(text), path.stem, seed)
    except VisavisError as error:
        raise VisavisError(f"{path}: {error}") from None


if __name__ == "__main__":
    sys.exit(main())
