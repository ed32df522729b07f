from __future__ import annotations

import argparse
import json
import logging
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from tests import golden
from tests.small_ears import BASE, LARGE
from visavis.core.clock import samples_in
from visavis.core.config import from_dict, to_dict
from visavis.core.errors import VisavisError
from visavis.encode.normalise import normalise_recording
from visavis.encode.speech import (
    Wav2VecConfig,
    Wav2VecEncoder,
    Wav2VecSizes,
    load_network,
    make_network,
    sizes_from_hub,
    sizes_of,
    wav2vec_features,
)

transformers = pytest.importorskip("transformers", reason="the wav2vec 2.0 speech encoder needs transformers")

GOLDEN = golden.GOLDEN / "timar"
FRAMES = 5
WEIGHTS = "model.safetensors"


def network_of(sizes: Wav2VecSizes) -> torch.nn.Module:
    torch.manual_seed(0)
    return make_network(sizes).eval()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small network as the hub keeps it."""
    path = tmp_path_factory.mktemp("wav2vec2")
    network_of(LARGE).save_pretrained(path)  # type: ignore[operator]
    return path


def encoder_of(folder: Path, running: bool = False) -> Wav2VecEncoder:
    return Wav2VecEncoder(Wav2VecConfig(str(folder), FRAMES, "running" if running else "recording"))


def voice(turns: int, rows: int = 1) -> Tensor:
    return torch.randn(rows, turns * samples_in(FRAMES), generator=torch.Generator().manual_seed(1))


def features(encoder: Wav2VecEncoder, sound: Tensor) -> Tensor:
    return encoder.encode(sound, encoder.init_state(len(sound)))[0]


@torch.no_grad()
@pytest.mark.parametrize("sizes", [LARGE, BASE, replace(LARGE, do_stable_layer_norm=False)])
def test_without_stretching_it_is_the_networks_own_output(sizes: Wav2VecSizes) -> None:
    network, sound = network_of(sizes), voice(3, rows=2)
    expected = network(sound).last_hidden_state
    torch.testing.assert_close(wav2vec_features(network, sound, expected.shape[1]), expected)


@torch.no_grad()
def test_features_are_stretched_before_the_projection_ends_on_ends() -> None:
    network, sound = network_of(LARGE), voice(1)
    heard = network.feature_extractor(sound)  # type: ignore[operator]
    given: list[Tensor] = []
    network.feature_projection.register_forward_pre_hook(lambda _, told: given.append(told[0]))  # type: ignore[union-attr, operator]
    assert wav2vec_features(network, sound, FRAMES).shape == (1, FRAMES, 24)
    places = torch.linspace(0, heard.shape[2] - 1, FRAMES)
    low = places.floor().long().clamp(max=heard.shape[2] - 2)
    expected = heard[..., low] + (places - low) * (heard[..., low + 1] - heard[..., low])
    torch.testing.assert_close(given[0], expected.transpose(1, 2))


@torch.no_grad()
def test_each_turn_is_heard_by_itself(folder: Path) -> None:
    encoder, sound = encoder_of(folder), voice(3, rows=2)
    whole = features(encoder, sound)
    assert whole.shape == (2, 3 * FRAMES, encoder.width)
    for turn in range(3):
        alone = features(encoder, sound[:, turn * samples_in(FRAMES) : (turn + 1) * samples_in(FRAMES)])
        torch.testing.assert_close(whole[:, turn * FRAMES : (turn + 1) * FRAMES], alone, atol=1e-5, rtol=0)


@torch.no_grad()
def test_long_recordings_are_heard_in_parts(folder: Path) -> None:
    encoder, sound = encoder_of(folder), voice(150)
    whole = features(encoder, sound)
    torch.testing.assert_close(
        whole[:, -FRAMES:], features(encoder, sound[:, -samples_in(FRAMES) :]), atol=1e-5, rtol=0
    )


def test_live_turns_give_what_the_same_sound_gives_at_once(folder: Path) -> None:
    encoder, sound = encoder_of(folder, running=True), 0.05 * voice(4, rows=2)
    state, pieces = encoder.init_state(2), []
    for part in sound.split([samples_in(FRAMES), samples_in(2 * FRAMES), samples_in(FRAMES)], dim=1):
        piece, state = encoder.encode(part, state)
        pieces.append(piece)
    torch.testing.assert_close(torch.cat(pieces, 1), features(encoder, sound), atol=1e-5, rtol=0)


def test_no_gradient_comes_from_later_turns(folder: Path) -> None:
    encoder, sound = encoder_of(folder, running=True), (0.05 * voice(3)).requires_grad_()
    weight = torch.randn(encoder.width, generator=torch.Generator().manual_seed(2))
    heard = features(encoder, sound) @ weight
    for frame, turns in ((0, 1), (FRAMES + 2, 2)):
        (gradient,) = torch.autograd.grad(heard[0, frame], sound, retain_graph=True)
        reached = gradient[0].unflatten(0, (3, -1)).abs().sum(1) > 0
        assert reached.tolist() == [turn < turns for turn in range(3)]


def test_the_network_is_frozen_and_stays_as_for_use(folder: Path) -> None:
    encoder, sound = encoder_of(folder), voice(1)
    quiet = features(encoder, sound)
    assert not quiet.requires_grad
    assert not any(parameter.requires_grad for parameter in encoder.parameters())
    assert torch.equal(features(encoder.train(), sound), quiet)


def test_recordings_are_prepared_as_published_and_live_sound_is_not(folder: Path) -> None:
    sound = 3 * voice(2)[0]
    assert torch.equal(encoder_of(folder).prepared(sound), normalise_recording(sound))
    assert torch.equal(encoder_of(folder, running=True).prepared(sound), sound)


def test_sizes_survive_the_network_the_recipe_and_the_hubs_format(folder: Path) -> None:
    for sizes in (LARGE, BASE):
        assert sizes_of(network_of(sizes)) == sizes
        assert from_dict(Wav2VecSizes, json.loads(json.dumps(to_dict(sizes)))) == sizes
    assert sizes_from_hub(json.loads((folder / "config.json").read_text())) == LARGE
    assert sizes_from_hub({}).hidden_size == 768


def test_a_made_network_learns_except_for_its_convolutions() -> None:
    frozen = {name for name, parameter in make_network(LARGE).named_parameters() if not parameter.requires_grad}
    assert frozen
    assert frozen == {
        name for name, _ in make_network(LARGE).named_parameters() if name.startswith("feature_extractor")
    }


def old_names(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """As recognisers were saved, among them the published speech encoder."""
    pair = "parametrizations.weight.original"
    old = {name.replace(f"{pair}0", "weight_g").replace(f"{pair}1", "weight_v"): weights[name] for name in weights}
    return {f"wav2vec2.{name}": tensor for name, tensor in old.items()} | {"lm_head.bias": torch.zeros(32)}


@pytest.mark.parametrize("stored", [dict, old_names], ids=["plain", "old names of a recogniser"])
@pytest.mark.parametrize("pickled", [False, True], ids=["safetensors", "pickle"])
def test_weights_are_read_in_every_form_the_hub_has(
    folder: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    stored: Callable[[dict[str, Tensor]], dict[str, Tensor]],
    pickled: bool,
) -> None:
    original = load_file(folder / WEIGHTS)
    shutil.copy(folder / "config.json", tmp_path)
    if pickled:
        torch.save(stored(original), tmp_path / "pytorch_model.bin")
    else:
        save_file(stored(original), tmp_path / WEIGHTS)
    levels = [logging.getLogger(name).level for name in ("transformers", "huggingface_hub")]
    weights = load_network(str(tmp_path)).state_dict()
    assert weights.keys() == original.keys()
    assert all(torch.equal(weights[name], original[name]) for name in original)
    assert capfd.readouterr() == ("", "")
    assert levels == [logging.getLogger(name).level for name in ("transformers", "huggingface_hub")]


def test_half_precision_weights_are_used_in_single(folder: Path, tmp_path: Path) -> None:
    half = {name: tensor.half() for name, tensor in load_file(folder / WEIGHTS).items()}
    shutil.copy(folder / "config.json", tmp_path)
    save_file(half, tmp_path / WEIGHTS)
    weights = load_network(str(tmp_path)).state_dict()
    assert all(torch.equal(weights[name], half[name].float()) for name in half)


class Code:
    """What a pickle may hide: something that is run when it is read."""

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return exec, ("raise SystemExit('code of a checkpoint was run')",)


def cut_short(path: Path) -> None:
    (path / WEIGHTS).write_bytes((path / WEIGHTS).read_bytes()[:4000])


def without_weights(path: Path) -> None:
    (path / WEIGHTS).unlink()


def with_code(path: Path) -> None:
    (path / WEIGHTS).unlink()
    torch.save({"encoder.layer_norm.weight": Code()}, path / "pytorch_model.bin")


def without_two_tensors(path: Path) -> None:
    weights = load_file(path / WEIGHTS)
    save_file({name: tensor for name, tensor in weights.items() if "layers.1.attention.q" not in name}, path / WEIGHTS)


def with_another_width(path: Path) -> None:
    weights = load_file(path / WEIGHTS)
    save_file(weights | {"encoder.layer_norm.weight": torch.ones(25)}, path / WEIGHTS)


def of_another_type(path: Path) -> None:
    (path / "config.json").write_text(json.dumps({"model_type": "bert"}))


def without_config(path: Path) -> None:
    (path / "config.json").unlink()


def with_broken_config(path: Path) -> None:
    (path / "config.json").write_text("{")


@pytest.mark.parametrize(
    ("spoil", "lesson"),
    [
        (cut_short, "cannot be used"),
        (without_weights, "no file named model.safetensors"),
        (with_code, "damaged, or hold more than weights, which is refused"),
        (without_two_tensors, r"do not fit its config.json: 2 tensors, first encoder.layers.1.attention.q_proj.bias"),
        (with_another_width, "do not fit its config.json: 1 tensors, first encoder.layer_norm.weight"),
        (of_another_type, "describes a model of type 'bert', not 'wav2vec2'"),
        (without_config, "it has no config.json"),
        (with_broken_config, "not a valid JSON file"),
    ],
)
def test_folders_that_cannot_be_used_are_refused_in_one_line(
    folder: Path, tmp_path: Path, spoil: Callable[[Path], None], lesson: str
) -> None:
    source = tmp_path / "spoilt"
    shutil.copytree(folder, source)
    spoil(source)
    with pytest.raises(VisavisError, match=lesson) as caught:
        load_network(str(source))
    assert "\n" not in str(caught.value)
    assert "or a hub name like facebook/wav2vec2-large-960h-lv60-self" in str(caught.value)


def test_what_is_nowhere_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(VisavisError, match="there is no such folder"):
        load_network(str(tmp_path / "nowhere"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(VisavisError, match="'nobody/nothing' cannot be used: We couldn't connect"):
        load_network("nobody/nothing")


def test_a_missing_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(VisavisError, match=r"needs transformers; install it with: pip install 'visavis\[speech\]'"):
        Wav2VecEncoder(Wav2VecConfig())


@torch.no_grad()
@pytest.mark.parametrize(
    "case", [pytest.param(path.parent, id=path.parent.name) for path in GOLDEN.glob("*/checkpoint.pth")]
)
@pytest.mark.skipif(not GOLDEN.is_dir(), reason="needs the golden numbers (VISAVIS_GOLDEN)")
def test_published_speech_tokens(case: Path) -> None:
    sizes = json.loads((case / "config.json").read_text())["model"]
    numbers = load_file(case / "case.safetensors")
    with torch.serialization.safe_globals([argparse.Namespace]):
        weights = torch.load(case / "checkpoint.pth", weights_only=True)["model_ema"]
    frames, turns = sizes["motion_fps"] * sizes["chunk_second"], sizes["max_context_time"]
    encoder = Wav2VecEncoder(Wav2VecConfig(str(GOLDEN / "wav2vec2"), frames))
    sound = torch.cat([numbers["user_speech"], numbers["agent_speech"]])[:, : turns * samples_in(frames)]
    heard = features(encoder, sound).unflatten(1, (turns, frames))
    spoken = torch.nn.functional.linear(heard, weights["speech_projection.weight"], weights["speech_projection.bias"])
    tokens = numbers["train/tokens"].unflatten(1, (turns, -1))[0]
    torch.testing.assert_close(spoken[0], tokens[:, 2 : 2 + frames], atol=5e-6, rtol=0)
    agent = 2 + 2 * (frames + 2)
    torch.testing.assert_close(spoken[1], tokens[:, agent : agent + frames], atol=5e-6, rtol=0)
