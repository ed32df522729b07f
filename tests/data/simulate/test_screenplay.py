from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

import visavis
from tests.data.simulate.voices.phrases import pitch
from visavis.core.builtin_spaces import ARKIT61
from visavis.core.clock import FPS, SAMPLE_RATE
from visavis.core.errors import VisavisError
from visavis.data.folder import list_clips, read_clip
from visavis.data.simulate.conversation import Scene
from visavis.data.simulate.screenplay import main, play, timeline
from visavis.data.simulate.script.written import parse_scene
from visavis.data.simulate.talk import Talk, Utterance

VOICES = "user: espeak en-us+m3 pitch=40\nagent: espeak en-us+f2\n"
SAID = """
user +0.5: my brother bought a *big* boat (mhm) in April / and he keeps it in the barn
agent +0.4: a boat in a barn?
agent +0.9 happy: [laughs] / that's lovely
user -0.3: I know / (oh) it is!
"""


def played(said: str, seed: int = 0) -> Scene:
    return play(parse_scene(VOICES + said), "scene", seed)


@pytest.fixture(scope="module")
def scene() -> Scene:
    return played(SAID)


def seconds(samples: int) -> float:
    return samples / SAMPLE_RATE


def utterances(talk: Talk, kind: str) -> list[Utterance]:
    return [utterance for utterance in talk.utterances if utterance.kind == kind]


def test_turns_begin_at_their_gaps(scene: Scene) -> None:
    agent, user = scene.talks
    asked, delighted = utterances(agent, "utterance")
    told, knows = utterances(user, "utterance")
    (laughter,) = utterances(agent, "laughter")
    assert seconds(told.start) == pytest.approx(0.5, abs=1e-3)
    assert seconds(asked.start - told.end) == pytest.approx(0.4, abs=1e-3)
    assert seconds(laughter.start - asked.end) == pytest.approx(0.9, abs=1e-3)
    assert seconds(delighted.start - laughter.end) == pytest.approx(0.35, abs=1e-3)
    assert seconds(knows.start - delighted.end) == pytest.approx(-0.3, abs=1e-3)
    assert seconds(len(user.sound) - max(talk.utterances[-1].end for talk in scene.talks)) == pytest.approx(1, abs=0.05)


def test_answers_follow_their_word_within_the_partners_turn(scene: Scene) -> None:
    agent, user = scene.talks
    told, knows = utterances(user, "utterance")
    hums, surprise = utterances(agent, "backchannel")
    boat = next(word for word in told.phrases[0].words if word.text == "boat")
    assert seconds(hums.start - boat.end) == pytest.approx(0.08, abs=1e-3)
    assert seconds(surprise.start - knows.phrases[0].end) == pytest.approx(0.08, abs=1e-3)
    assert told.start < hums.start < told.end
    assert [word.text for word in surprise.phrases[0].words] == ["oh"]


def test_the_next_turn_waits_for_all_that_was_said() -> None:
    scene = played("user: my brother bought a big boat in April\nagent -1: yes\nagent +0.5: and now?")
    agent, user = scene.talks
    assert agent.utterances[0].end < user.utterances[0].end
    assert seconds(agent.utterances[1].start - user.utterances[0].end) == pytest.approx(0.5, abs=1e-3)


def test_moods_stress_and_laughter_are_in_the_log_and_both_people_act(scene: Scene) -> None:
    logged = {(event.person, event.kind, event.label) for event in scene.events()}
    assert (2, "emphasis", "big") in logged
    assert (1, "phrase", "question") in logged
    assert (1, "phrase", "happy") in logged
    assert {(1, "backchannel", ""), (1, "laughter", "")} <= logged
    for person in (1, 2):
        assert "sway" in {kind for who, kind, _ in logged if who == person}
        moving = scene.motions[person - 1]
        assert len(moving) == scene.talks[person - 1].frames
        assert (
            np.median(np.linalg.norm(np.diff(np.rad2deg(moving[:, ARKIT61.indices("pose")]), axis=0), axis=1)) * FPS > 1
        )


def test_recordings_are_clean(scene: Scene) -> None:
    for talk in scene.talks:
        speaking = talk.speaking().repeat(640)
        levels = [20 * np.log10(np.sqrt(np.mean(talk.sound[part] ** 2))) for part in (speaking, ~speaking)]
        assert levels[0] > -30
        assert levels[1] < -55
        assert np.abs(talk.sound).max() < 0.6


def test_nobody_speaks_over_the_own_words_or_before_the_beginning() -> None:
    with pytest.raises(
        VisavisError, match=r"^line 4: user would begin at 0\.\d+ s, when user still speaks; begin 0\.5"
    ):
        played("user: hello there\nuser -0.5: again")
    with pytest.raises(VisavisError, match=r"^line 3: user .* when the recording has not begun; begin 0\.3"):
        played("user -0.3: hello there")
    with pytest.raises(VisavisError, match=r"^line 3: agent would begin .* when agent still speaks"):
        played("user: hello (yes it is really so) there (mhm) again")
    with pytest.raises(VisavisError, match=r"^line 1: unknown setting of espeak 'speed'"):
        play(parse_scene("user: espeak speed=3\nagent: espeak\nuser: hello"), "scene")


def test_the_timeline_says_who_says_what_when(scene: Scene) -> None:
    lines = timeline(scene.talks).splitlines()
    assert len(lines) == 9
    assert lines[0].split()[2:] == ["user", "my", "brother", "bought", "a", "*big*", "boat", "in", "April"]
    assert any(line.endswith("agent  a boat in a barn?") for line in lines)
    starts = [float(line.split()[0]) for line in lines]
    assert starts == sorted(starts)


def test_the_command_writes_a_clip_the_same_every_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = tmp_path / "barn.txt"
    text.write_text(VOICES + SAID)

    def sums(folder: str, seed: str) -> dict[str, str]:
        assert main([str(text), str(tmp_path / folder), "--seed", seed]) == 0
        return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted((tmp_path / folder).iterdir())}

    first, again, other = sums("a", "3"), sums("b", "3"), sums("c", "4")
    assert set(first) == {"barn_events.json", *(f"barn_speaker{k}.{end}" for k in (1, 2) for end in ("npz", "wav"))}
    assert first == again
    assert all(first[name] != other[name] for name in first if name.endswith(".npz"))
    (clip,) = list_clips(tmp_path / "a")
    talk = read_clip(clip)
    assert talk.agent.motion is not None
    assert [e.label for e in talk.events if e.person == 2 and e.kind == "word"][:3] == ["my", "brother", "bought"]
    assert "user   my brother bought" in capsys.readouterr().out


def test_a_scene_that_cannot_be_used_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = tmp_path / "scene.txt"
    assert main([str(text), str(tmp_path / "out")]) == 2
    text.write_text(f"{VOICES}user: 12 boats\n")
    assert main([str(text), str(tmp_path / "out")]) == 2
    text.write_bytes(b"\xff\xfe user")
    assert main([str(text), str(tmp_path / "out")]) == 2
    text.write_text(VOICES + SAID)
    assert main([str(text), str(tmp_path / "out"), "--seed", "-1"]) == 2
    missing, unspeakable, not_text, seed = capsys.readouterr().err.splitlines()
    assert "no such file" in missing
    assert unspeakable.startswith(f"visavis: error: {text}: line 3: an English voice cannot say '12'")
    assert "is not UTF-8 text" in not_text
    assert "the seed -1 is negative" in seed
    assert not (tmp_path / "out").exists()


def test_the_scene_of_the_demonstration_is_a_woman_and_a_man_who_react() -> None:
    pytest.importorskip("hibari", reason="the natural voice hibari is not installed")
    text = Path(visavis.__file__).parent / "assets" / "demo" / "scene.txt"
    scene = play(parse_scene(text.read_text(encoding="utf-8")), "scene", 10)
    agent, user = scene.talks
    assert 23 < seconds(len(agent.sound)) < 27
    assert len(utterances(agent, "backchannel")) == 3
    assert len(utterances(agent, "laughter")) == 2
    heard = [pitch(talk.sound) for talk in (user, agent)]
    assert heard[0] > 1.3 * heard[1]
    bilabials = [p for talk in (agent, user) for phrase in talk.phrases for p in phrase.phonemes if p.name in "pbm"]
    assert len(bilabials) > 30
    for actions in scene.actions:
        assert {"nod", "smile", "brow raise", "beat", "blink"} <= {action.kind for action in actions}
