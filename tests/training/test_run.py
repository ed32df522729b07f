from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.small_systems import CONFIGS, DUALTALK_FORM, make
from visavis.core.builtin_spaces import ARKIT61
from visavis.core.clock import samples_in
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.steps import StepInput
from visavis.data.folder import list_clips, read_clip
from visavis.data.known import neutral
from visavis.data.motion_files import write_motion
from visavis.data.recordings.line import Line, write_line
from visavis.data.sound import write_sound
from visavis.data.windows import Batch
from visavis.encode.batch import encode_speech
from visavis.encode.framed import FramedConfig
from visavis.encode.phonetic import PhoneticConfig, PhoneticEncoder
from visavis.system.folder import load_folder, save_speech
from visavis.system.system import System
from visavis.training.checkpoints import checkpoints
from visavis.training.run import sample_scores, train, training_clips

TINY = {
    "window_turns": "3",
    "system.model.window_turns": "3",
    "system.model.token_width": "16",
    "system.model.heads": "2",
    "system.model.width": "16",
    "system.model.depth": "1",
    "system.model.head_width": "16",
    "system.model.head_depth": "1",
    "loop.schedule.steps": "4",
    "loop.batch_size": "2",
    "loop.validate_every": "2",
    "loop.validation_windows": "2",
}


def write_clip(folder: Path, name: str, seed: int) -> None:
    generator = np.random.default_rng(seed)
    for number in (1, 2):
        sound = 0.1 * generator.standard_normal(samples_in(40)).astype(np.float32)
        write_sound(sound, folder / f"{name}_speaker{number}.wav")
        values = generator.uniform(0, 0.5, (40, ARKIT61.width)).astype(np.float32)
        write_motion(Motion(values, ARKIT61), folder / f"{name}_speaker{number}.npz")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for index in range(3):
        write_clip(tmp_path / "data", f"clip{index}", index)
    return tmp_path / "data"


def test_a_run_folder_can_be_loaded(data: Path, tmp_path: Path) -> None:
    report = train("timar-small", data, tmp_path / "run", overrides=TINY)
    assert report.steps == 4
    assert {"loss", "jaw_correlation", "head_speed_ratio"} <= report.validation.keys()
    system = load_folder(tmp_path / "run")
    assert system.config.model.width == 16
    voice = torch.zeros(samples_in(20)).numpy()
    assert system.generate(voice, voice, seed=1).values.shape == (20, ARKIT61.width)
    assert float(system.model.motion_mean.mean()) == pytest.approx(0.25, abs=0.02), "statistics of the data"


def test_an_interrupted_run_ends_the_same(data: Path, tmp_path: Path) -> None:
    settings = TINY | {"loop.checkpoint_every": "2", "loop.keep": "9"}
    train("timar-small", data, tmp_path / "whole", overrides=settings)
    train("timar-small", data, tmp_path / "broken", overrides=settings)
    checkpoints(tmp_path / "broken")[-1].unlink()
    train("timar-small", data, tmp_path / "broken", resume=True, overrides=settings)
    one, other = (load_folder(tmp_path / name).model.state_dict() for name in ("whole", "broken"))
    assert [name for name in one if not torch.equal(one[name], other[name])] == []


def test_a_run_hears_with_the_encoder_it_is_given(data: Path, tmp_path: Path) -> None:
    torch.manual_seed(5)
    ears = PhoneticEncoder(PhoneticConfig())
    (tmp_path / "ears").mkdir()
    save_speech(ears, tmp_path / "ears")
    train("timar-small", data, tmp_path / "first", overrides=TINY, speech=tmp_path / "ears")
    train("timar-small", data, tmp_path / "second", overrides=TINY, init_from=tmp_path / "first")
    for run in ("first", "second"):
        heard = load_folder(tmp_path / run).encoder.state_dict()
        assert [name for name, weights in ears.state_dict().items() if not torch.equal(weights, heard[name])] == []
    with pytest.raises(VisavisError, match="holds no trained speech encoder"):
        train("timar-small", data, tmp_path / "third", overrides=TINY, speech=data)
    with pytest.raises(VisavisError, match="does not hear with a phonetic encoder; leave --speech"):
        train("timar-tiny", data, tmp_path / "fourth", speech=tmp_path / "ears")


def test_a_run_can_start_from_anothers_weights(data: Path, tmp_path: Path) -> None:
    train("timar-small", data, tmp_path / "first", overrides=TINY)
    still = TINY | {"loop.optimizer.lr": "0", "loop.ema": "0", "objective.self_forcing": "0.5"}
    train("timar-small", data, tmp_path / "second", overrides=still, init_from=tmp_path / "first")
    first, second = (load_folder(tmp_path / run).model for run in ("first", "second"))
    for name, weights in first.named_parameters():
        assert torch.equal(weights, second.get_parameter(name)), name
    deeper = TINY | {"system.model.depth": "2"}
    with pytest.raises(VisavisError, match="first is another kind of model than the recipe's"):
        train("timar-small", data, tmp_path / "third", overrides=deeper, init_from=tmp_path / "first")


def test_validation_recordings_are_held_out_of_training_and_the_test_part_is_left_alone(tmp_path: Path) -> None:
    parts = tmp_path / "parts"
    for index in range(23):
        (parts / "train").mkdir(parents=True, exist_ok=True)
        for number in (1, 2):
            for ending in ("wav", "npz"):
                (parts / "train" / f"clip{index:02}_speaker{number}.{ending}").touch()
    write_clip(parts / "test", "two", 2)
    training, validation = training_clips(parts)
    assert [clip.name for clip in validation] == ["clip00", "clip20"]
    assert len(training) == 21
    assert not {clip.name for clip in training} & {clip.name for clip in validation}


def test_one_recording_is_too_few(tmp_path: Path) -> None:
    write_clip(tmp_path / "data", "one", 1)
    with pytest.raises(VisavisError, match="at least 2 are needed"):
        train("timar-small", tmp_path / "data", tmp_path / "run", overrides=TINY)
    assert not (tmp_path / "run").exists()


def test_places_and_models_are_looked_at_before_the_data_is_read(data: Path, tmp_path: Path) -> None:
    for sound in data.rglob("*.wav"):
        sound.write_bytes(b"")
    (tmp_path / "file").touch()
    nobody = Path("nobody")
    for options, said in (
        ({"out": tmp_path / "file"}, "file is not a folder"),
        ({"init_from": nobody}, "unknown model 'nobody'"),
        ({"speech": nobody}, r"nobody.*speech\.safetensors"),
    ):
        with pytest.raises(VisavisError, match=said):
            train("timar-small", data, **{"out": tmp_path / "run", "overrides": TINY, **options})
    (tmp_path / "ears").mkdir()
    save_speech(PhoneticEncoder(PhoneticConfig()), tmp_path / "ears")
    with pytest.raises(VisavisError, match="the file is empty"):
        train("timar-small", data, tmp_path / "run", overrides=TINY, speech=tmp_path / "ears")


def test_unknown_key_names_the_nearest(data: Path, tmp_path: Path) -> None:
    with pytest.raises(VisavisError, match=r"did you mean 'loop\.batch_size'"):
        train("timar-small", data, tmp_path / "run", overrides={"loop.batchsize": "4"})


LIPS = frozenset({"JawOpen", "MouthFunnel"})


def write_captured(folder: Path, name: str, seed: int, frames: int = 60) -> None:
    """Somebody whose captured jaw opens whenever the voice is loud, and of whom nothing else is known."""
    generator = np.random.default_rng(seed)
    loud = np.repeat(generator.random(frames // 5) < 0.5, 5)
    sound = generator.standard_normal(samples_in(frames)) * np.repeat(np.where(loud, 0.3, 0.003), samples_in(1))
    values = np.zeros((frames, ARKIT61.width), dtype=np.float32)
    for channel in LIPS:
        values[:, ARKIT61.indices(channel)] = 0.4 * loud[:, None]
    write_line(Line(f"made.{name}", sound.astype(np.float32), Motion(values, ARKIT61, known=LIPS)), folder)


@pytest.fixture
def captured(tmp_path: Path) -> Path:
    for index in range(3):
        write_captured(tmp_path / "captured" / "train", f"take{index}", index)
    return tmp_path / "captured"


def test_lips_of_captured_people_are_learned_beside_conversations(data: Path, captured: Path, tmp_path: Path) -> None:
    longer = TINY | {
        "loop.schedule.steps": "120",
        "loop.batch_size": "8",
        "loop.schedule.warmup": "5",
        "loop.optimizer.lr": "0.01",
        "loop.ema": "0.9",
        "loop.validate_every": "0",
        "objective.self_forcing": "0",
        "objective.draws": "1",
        "objective.mean_weight": "20",
        "lips.share": "0.5",
    }
    train("timar-small", data, tmp_path / "first", overrides=TINY)
    report = train("timar-small-lips", data, tmp_path / "lips", False, longer, tmp_path / "first", captured)
    assert report.validation["captured_jaw_correlation"] > 0.5
    clip = read_clip(list_clips(captured)[0])
    assert clip.agent.speech is not None
    assert clip.user.speech is not None
    assert clip.agent.motion is not None
    errors, turned = {}, {}
    for name in ("first", "lips"):
        drawn = load_folder(tmp_path / name).generate(clip.user.speech, clip.agent.speech, seed=1)
        truth = clip.agent.motion.cut(0, len(drawn))
        errors[name] = float(np.abs(drawn["JawOpen"] - truth["JawOpen"]).mean())
        turned[name] = float(np.abs(drawn["HeadYaw"]).mean())
    assert errors["lips"] < 0.75 * errors["first"]
    assert turned["lips"] > 0.1, "captured people teach no head, least of all one at rest"


def test_a_mixed_run_resumes_bit_for_bit(data: Path, captured: Path, tmp_path: Path) -> None:
    settings = TINY | {"loop.checkpoint_every": "2", "loop.keep": "9", "lips.share": "0.5"}
    for name in ("whole", "broken"):
        train("timar-small-lips", data, tmp_path / name, overrides=settings, lips=captured)
    checkpoints(tmp_path / "broken")[-1].unlink()
    train("timar-small-lips", data, tmp_path / "broken", resume=True, overrides=settings, lips=captured)
    one, other = (load_folder(tmp_path / name).model.state_dict() for name in ("whole", "broken"))
    assert [name for name in one if not torch.equal(one[name], other[name])] == []


def test_lips_belong_to_recipes_that_mix_them(data: Path, captured: Path, tmp_path: Path) -> None:
    with pytest.raises(VisavisError, match=r"timar-small takes no captured lips.*one of: timar-small-lips"):
        train("timar-small", data, tmp_path / "run", overrides=TINY, lips=captured)
    with pytest.raises(VisavisError, match=r"timar-small-lips learns from captured lips too; .*--lips DIR"):
        train("timar-small-lips", data, tmp_path / "run", overrides=TINY)
    with pytest.raises(VisavisError, match="lips has no keys of its own"):
        train("timar-small", data, tmp_path / "run", overrides=TINY | {"lips.share": "0.5"})
    assert not (tmp_path / "run").exists()


def test_what_nobody_knows_is_taken_from_a_model_or_missed(data: Path, captured: Path, tmp_path: Path) -> None:
    with pytest.raises(VisavisError, match=r"knows EyeBlinkLeft, .*--init-from"):
        train("timar-small", captured, tmp_path / "run", overrides=TINY)
    train("timar-small", data, tmp_path / "first", overrides=TINY)
    train("timar-small", captured, tmp_path / "second", overrides=TINY, init_from=tmp_path / "first")
    first, second = (load_folder(tmp_path / run).model for run in ("first", "second"))
    assert torch.equal(first.motion_mean, second.motion_mean)
    assert not torch.equal(first.tokens.fake_latent, second.tokens.fake_latent)


def windows(system: System, others: float) -> Batch:
    """Three windows: of the first user the jaw alone is known, `others` stands elsewhere; the second is unseen."""
    generator = torch.Generator().manual_seed(0)
    frames = 3 * system.frames_per_step
    speech = 0.1 * torch.randn(2, 3, samples_in(frames), generator=generator)
    user, agent = torch.rand(2, 3, frames, system.space.width, generator=generator)
    known = torch.ones(3, system.space.width, dtype=torch.bool)
    known[0] = False
    known[0, torch.from_numpy(system.space.indices("jaw"))] = True
    user = torch.where(known[:, None], user, torch.tensor(others))
    user[1] = 0
    seen = torch.tensor([True, False, True])
    return Batch(speech[0], 3 * speech[1], user, agent, seen, user_known=known)


@pytest.mark.parametrize("form", ["timar shipped", "dualtalk"])
def test_what_is_unknown_of_a_user_changes_no_score(form: str) -> None:
    system = make(form)
    scores = [sample_scores(system, windows(system, others)) for others in (0.3, 0.0, -4.0, torch.nan)]
    assert scores[0].keys() == {"jaw_correlation", "head_speed_ratio"}
    assert scores == [scores[0]] * 4
    known = replace(windows(system, 0.0), user_known=None)
    assert sample_scores(system, known) != scores[0], "a user who is known to rest is another one"


@pytest.mark.parametrize("form", ["timar shipped", "dualtalk that hears whole recordings"])
def test_scores_of_samples_show_the_model_what_training_shows_it(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if form == "timar shipped":
        system = make(form)
    else:
        system = System(replace(CONFIGS["dualtalk"], speech=FramedConfig(DUALTALK_FORM.frames_per_turn))).eval()
    given: list[StepInput] = []
    step = system.rollout.step

    def watched(heard: StepInput, *others: Any) -> Any:
        given.append(heard)
        return step(heard, *others)

    monkeypatch.setattr(system.rollout, "step", watched)
    batch = windows(system, others=0.0)
    sample_scores(system, batch)
    shown = {name: torch.cat([heard[name] for heard in given], dim=1) for name in given[0].values}
    known = {name: torch.cat([heard.known[name] for heard in given], dim=1) for name in given[0].known}
    user, agent = encode_speech(system.encoder, batch.user_speech, batch.agent_speech)
    torch.testing.assert_close(shown["user_speech"], user, atol=1e-5, rtol=0)
    torch.testing.assert_close(shown["agent_speech"], agent, atol=1e-5, rtol=0)
    assert torch.equal(
        system.model.normalise(shown["user_motion"]),
        neutral(system.model.normalise(batch.user_motion), batch.user_known),
    )
    assert torch.equal(known["user_motion"], batch.user_seen[:, None].expand_as(known["user_motion"]))
    assert known["user_speech"].all()
