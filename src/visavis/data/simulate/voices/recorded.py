"""Recorded people as voices: what they say is cut out of their recordings, the phonemes where the sound has them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from visavis.core.clock import SAMPLE_RATE
from visavis.core.errors import VisavisError, unknown
from visavis.data.simulate.english import syllables
from visavis.data.simulate.phonemes import VOWELS
from visavis.data.simulate.text import Wording
from visavis.data.simulate.voices.phoneme_offset import Offset, measure_offset
from visavis.data.simulate.voices.recorded_folder import RecordedFolder, RecordedSpeaker, Take, read_speakers, said_of
from visavis.data.simulate.voices.repertoire import Repertoire
from visavis.data.simulate.voices.voice import Request, Spoken, cut_out
from visavis.data.sound import read_span, sound_length

OOD_EVERY = 5
"""Of so many people one is kept for `ood`; of fewer, nobody."""

EXACT_MS = (-22.0, 24.0)
"""Labels that measure between these are taken as they are: exact ones measure -12 (flite slt) to 14 (espeak-ng)."""

CONFIDENT = 0.3
"""The agreement from which on a measured offset is believed; exact labels have 0.45 to 0.8."""

UNRELATED = 0.1
"""The agreement below which labels are those of another sound, where 0.01 to 0.03 was measured."""

_FARTHEST_MS = 140.0
_MEASURED, _MEASURED_S = 60, 20.0
_MARGIN = SAMPLE_RATE // 10
_ANSWER_S = 1.2
_CONTENT = 4


@dataclass(frozen=True)
class RecordedVoice:
    """Somebody by name, recorded in a folder. Who was recorded says what was recorded, at the pace of that day."""

    name: str
    files: RecordedFolder

    @property
    def syllables_per_s(self) -> float:
        """The usual pace."""
        return self.synthesiser.pace(self.name)

    @property
    def synthesiser(self) -> Recordings:
        """The recordings of that folder."""
        return recordings_in(self.files)


@dataclass(frozen=True)
class RecordedPerson:
    """A voice and all that it says."""

    voice: RecordedVoice
    repertoire: Repertoire


class Recordings:
    """Cuts phrases out of the recordings of a folder. The pace only chooses between takes of the same words."""

    def __init__(self, files: RecordedFolder) -> None:
        self.files = files
        self.speakers = {speaker.name: speaker for speaker in read_speakers(files)}
        self._late: dict[str, int] = {}
        self._pace = {name: _pace(speaker) for name, speaker in self.speakers.items()}

    @cached_property
    def people(self) -> tuple[RecordedPerson, ...]:
        """Everybody, by name."""
        return tuple(
            RecordedPerson(RecordedVoice(name, self.files), _repertoire(speaker))
            for name, speaker in self.speakers.items()
        )

    def speak(self, requests: Sequence[Request]) -> list[Spoken]:
        """Raises `VisavisError` for somebody or something that was not recorded."""
        return [self._speak(request) for request in requests]

    def offset(self, name: str) -> Offset | None:
        """How late the labels of somebody are against the sound; None where less than 20 s are there to tell."""
        takes = [take for take in self.speakers[name].takes if take.length_s > 1]
        some = takes[:: -(-len(takes) // _MEASURED) or 1]
        enough = sum(take.length_s for take in some) >= _MEASURED_S
        return measure_offset([_cut(take, 0) for take in some]) if enough else None

    def late(self, name: str) -> int:
        """By how many samples the labels of somebody are moved forward: what was measured, if it is sure and large.

        Raises `VisavisError` where phonemes and sound have nothing in common.
        """
        if name not in self._late:
            found = self.offset(name)
            if found is not None and found.correlation < UNRELATED:
                raise VisavisError(
                    f"{self.files.folder}: the labels of {name} do not fit the sound: they agree by "
                    f"{found.correlation:.2f}, good ones by 0.45 to 0.80; give the labels of these very recordings"
                )
            self._late[name] = correction(found)
        return self._late[name]

    def pace(self, name: str) -> float:
        """How many syllables somebody says in a second, as `text.syllables` counts them."""
        if name not in self._pace:
            raise unknown("recorded person", name, self._pace)
        return self._pace[name]

    def __str__(self) -> str:
        takes = [take for speaker in self.speakers.values() for take in speaker.takes]
        minutes = sum(take.length_s for take in takes) / 60
        left_out = said_of(sum((Counter(speaker.left_out) for speaker in self.speakers.values()), Counter[str]()))
        return (
            f"{self.files.folder}: {len(self.speakers)} recorded people, {len(takes)} phrases, {minutes:.1f} minutes"
            + (f"; left out: {left_out}" if left_out else "")
        )

    def _speak(self, request: Request) -> Spoken:
        voice, wording = request.voice, request.wording
        assert isinstance(voice, RecordedVoice)
        if voice.name not in self.speakers:
            raise unknown("recorded person", voice.name, self.speakers)
        takes = self._takes[voice.name].get(wording)
        if not takes:
            known = (" ".join(said.words) for said in self._takes[voice.name])
            raise unknown(f"phrase of {voice.name}", " ".join(wording.words), known)
        wanted_s = syllables(wording.words) / (request.pace * voice.syllables_per_s)
        take = min(takes, key=lambda take: abs(take.length_s - wanted_s))
        return _with_stress(_cut(take, self.late(voice.name)))

    @cached_property
    def _takes(self) -> dict[str, dict[Wording, list[Take]]]:
        found: dict[str, dict[Wording, list[Take]]] = {name: defaultdict(list) for name in self.speakers}
        for name, speaker in self.speakers.items():
            for take in speaker.takes:
                found[name][take.wording].append(take)
        return found


@lru_cache(maxsize=4)
def recordings_in(files: RecordedFolder) -> Recordings:
    """The recorded people of a folder, read once. Raises what `read_speakers` raises."""
    return Recordings(files)


def people_for(files: RecordedFolder, ood: bool) -> tuple[RecordedPerson, ...]:
    """Who takes part: in `ood` every fifth speaker, whom no other split hears; nobody where there are fewer than 5."""
    everybody = recordings_in(files).people
    kept = everybody[OOD_EVERY - 1 :: OOD_EVERY]
    return kept if ood else tuple(person for person in everybody if person not in kept)


def correction(offset: Offset | None) -> int:
    """By how many samples labels of that offset are to be moved forward."""
    if offset is None or offset.correlation < CONFIDENT or abs(offset.late_ms) > _FARTHEST_MS:
        return 0
    exact = EXACT_MS[0] <= offset.late_ms <= EXACT_MS[1]
    return 0 if exact else round(offset.late_ms * SAMPLE_RATE / 1000)


def _pace(speaker: RecordedSpeaker) -> float:
    said = sum(syllables(take.wording.words) for take in speaker.takes)
    return said / sum(take.length_s for take in speaker.takes)


def _repertoire(speaker: RecordedSpeaker) -> Repertoire:
    wordings = tuple(dict.fromkeys(take.wording for take in speaker.takes))
    answers = tuple(dict.fromkeys(take.wording for take in speaker.takes if take.length_s <= _ANSWER_S))
    return Repertoire(wordings, answers, ())


def _cut(take: Take, late: int) -> Spoken:
    phrase, length = take.phrase, sound_length(take.sound)
    start = min(max(phrase.start - late - _MARGIN, 0), length - 1)
    stop = max(min(phrase.end - late + _MARGIN, length), start + 1)
    sound = read_span(take.sound, start, stop - start)

    def moved(sample: int) -> int:
        return max(sample - late - start, 0)

    words = [replace(word, start=moved(word.start), end=moved(word.end)) for word in phrase.words]
    phonemes = [replace(p, start=moved(p.start), end=moved(p.end)) for p in phrase.phonemes]
    return cut_out(sound, words, phonemes)


def _with_stress(spoken: Spoken) -> Spoken:
    """Where nobody tells the stress, the longest vowel of every longer word has it."""
    if any(phoneme.stress for phoneme in spoken.phonemes):
        return spoken
    strong = set()
    for word in spoken.words:
        inside = [i for i, p in enumerate(spoken.phonemes) if word.start <= (p.start + p.end) / 2 < word.end]
        vowels = [i for i in inside if spoken.phonemes[i].name in VOWELS]
        if len(inside) >= _CONTENT and vowels:
            strong.add(max(vowels, key=lambda i: spoken.phonemes[i].end - spoken.phonemes[i].start))
    stressed = tuple(replace(p, stress=2) if i in strong else p for i, p in enumerate(spoken.phonemes))
    return replace(spoken, phonemes=stressed)
