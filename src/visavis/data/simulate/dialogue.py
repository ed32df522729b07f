"""A whole talk of two people: planned, spoken and laid out in time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from visavis.core.clock import FPS, SAMPLE_RATE, frames_in, samples_in
from visavis.data.simulate.acoustics.one_track import OneTrack
from visavis.data.simulate.lines import Line, Sounding, joint_laugh, main_line, short_answer, speak_lines
from visavis.data.simulate.plan import Turn, plan
from visavis.data.simulate.talk import Talk
from visavis.data.simulate.timing import AMI
from visavis.data.simulate.voices.cast import Speaker


def hold_talk(rng: np.random.Generator, speakers: tuple[Speaker, Speaker], length_s: float) -> tuple[Talk, Talk]:
    """A whole talk of about `length_s` seconds between two speakers, recorded."""
    return record_talk(rng, speakers, talk_through(rng, speakers, length_s))


def record_talk(
    rng: np.random.Generator, speakers: tuple[Speaker, Speaker], placed: tuple[list[Sounding], list[Sounding]]
) -> tuple[Talk, Talk]:
    """The recordings of what two speakers say, per person in time order; they end a second after the last word."""
    said = _said(placed)
    alone = [who.recording.alone(voice) for voice, who in zip(said, speakers, strict=True)]
    sounds = [speakers[k].recording.beside(rng, alone[k], alone[1 - k]) for k in (0, 1)]
    first, second = (Talk(tuple(item.utterance for item in placed[k]), sounds[k]) for k in (0, 1))
    return first, second


def on_one_track(
    talks: tuple[Talk, Talk], placed: tuple[list[Sounding], list[Sounding]], track: OneTrack
) -> tuple[Talk, Talk]:
    """Talks of what two speakers say, recorded anew on one track, which is the sum of both sounds."""
    sounds = track.tracks(_said(placed))
    return replace(talks[0], sound=sounds[0]), replace(talks[1], sound=sounds[1])


def talk_through(
    rng: np.random.Generator, speakers: tuple[Speaker, Speaker], length_s: float
) -> tuple[list[Sounding], list[Sounding]]:
    """What each of two speakers says in about `length_s` seconds, in time order: planned, spoken and laid out."""
    turns = plan(rng, AMI, length_s)
    lines = [main_line(rng, turn.length_s, turn.move, speakers[turn.person - 1]) for turn in turns]
    answers = [[short_answer(rng, s, speakers[2 - turn.person]) for s in turn.inside] for turn in turns]
    for turn, line, extra in zip(turns, lines, answers, strict=True):
        extra += joint_laugh(rng, line, speakers[2 - turn.person])
    return _lay_out(rng, turns, lines, answers)


def speak_turns(
    rng: np.random.Generator, speakers: tuple[Speaker, Speaker], turns: list[Turn]
) -> tuple[list[Sounding], list[Sounding]]:
    """What two speakers say in these turns, in time order, spoken and laid out; nobody answers within."""
    lines = [main_line(rng, turn.length_s, turn.move, speakers[turn.person - 1]) for turn in turns]
    return _lay_out(rng, turns, lines, [[] for _ in turns])


def _lay_out(
    rng: np.random.Generator, turns: list[Turn], lines: list[Line], answers: list[list[Line]]
) -> tuple[list[Sounding], list[Sounding]]:
    """Speak everything, then put each turn after the last one and its answers within it; per person, in time order."""
    said = [line for turn, extra in zip(lines, answers, strict=True) for line in (turn, *extra)]
    spoken = iter(speak_lines(rng, said))
    placed: tuple[list[Sounding], list[Sounding]] = ([], [])
    clock = 0
    for turn, after, extra in zip(turns, [*turns[1:], None], answers, strict=True):
        main = next(spoken)
        own = placed[turn.person - 1]
        main = main.moved(_start(clock, round(turn.delay_s * SAMPLE_RATE), len(main.sound), own))
        own.append(main)
        clock = main.utterance.end
        overlap_s = max(0.0, -after.delay_s) if after else 0.0
        latest = clock - round((overlap_s + 0.2 * bool(overlap_s)) * SAMPLE_RATE)
        for line in extra:
            _place_answer(rng, next(spoken), main, latest, placed[2 - turn.person], line.kind == "laughter")
    return placed


def _start(clock: int, delay: int, length: int, own: list[Sounding]) -> int:
    start = clock + max(delay, -round(0.95 * length), -round(0.9 * clock))
    return max(start, own[-1].utterance.end + 1600 if own else 0)


def _place_answer(
    rng: np.random.Generator, item: Sounding, main: Sounding, end: int, own: list[Sounding], laughing: bool
) -> None:
    """Put an answer within the partner's utterance, before `end`, preferably after a phrase, or leave it out."""
    start = main.utterance.start
    free = own[-1].utterance.end + SAMPLE_RATE // 2 if own else 0
    length = len(item.sound)
    if laughing:
        place = start + round(float(rng.uniform(0.3, 0.6)) * SAMPLE_RATE)
    else:
        ends = [phrase.end for phrase in main.utterance.phrases[:-1]]
        ends = [e for e in ends if e >= free and e + length < end]
        if ends and rng.random() < 0.6:
            place = ends[int(rng.integers(len(ends)))] + round(float(rng.uniform(0.05, 0.3)) * SAMPLE_RATE)
        else:
            place = start + round(float(rng.uniform(0.1, 0.9)) * max(end - start - length, 0))
        if place + length > end:
            place = max(end - length, start)
    if place >= free:
        own.append(item.moved(place))


def _said(placed: tuple[list[Sounding], list[Sounding]]) -> tuple[np.ndarray, np.ndarray]:
    """Both clean voices."""
    frames = frames_in(max(item.utterance.end for side in placed for item in side)) + FPS
    return _mixed(placed[0], frames), _mixed(placed[1], frames)


def _mixed(side: list[Sounding], frames: int) -> np.ndarray:
    sound = np.zeros(samples_in(frames), dtype=np.float32)
    for item in side:
        stop = min(item.utterance.start + len(item.sound), len(sound))
        sound[item.utterance.start : stop] += item.sound[: stop - item.utterance.start]
    return sound
