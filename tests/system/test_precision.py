from __future__ import annotations

import gc
import weakref
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from tests.encode.test_mel import steady_speech
from tests.small_ears import BASE, LARGE
from tests.small_systems import CONFIGS, DUALTALK_FORM, PAPER_FORM, chunk_for, make, part
from visavis.core.clock import samples_in
from visavis.core.errors import VisavisError
from visavis.encode.framed import FramedConfig
from visavis.encode.phonetic import PhoneticConfig, PhoneticEncoder
from visavis.encode.speech import Wav2VecConfig, make_network
from visavis.layers.attention import Attention
from visavis.layers.optimised import Kind
from visavis.layers.packed import FloatLinear, HalfLinear, Int8Linear, PackedLinear, has_int8
from visavis.models.timar.model import Past
from visavis.models.timar.rollout import DrawingConfig, TimarState
from visavis.system import precision
from visavis.system.config import SystemConfig
from visavis.system.precision import optimised, packed_phonetic
from visavis.system.system import System

CPU = torch.device("cpu")
needs_int8 = pytest.mark.skipif(not has_int8(CPU), reason="needs 8-bit products of oneDNN")
LOW = ["bf16", pytest.param("int8", marks=needs_int8)]


def frames(system: System, count: int = 30, sizes: tuple[int, ...] = ()) -> Tensor:
    """Motion of two conversations, chunk by chunk where `sizes` say so."""
    chunk, state, pieces = chunk_for(system, count, rows=2), system.init_state(2), []
    start = 0
    for size in sizes or (count,):
        motion, state = system.step(part(chunk, start, start + size), state)
        pieces.append(motion.sample)
        start += size
    return torch.cat(pieces, 2)


@pytest.fixture(params=[LARGE, BASE], ids=["large", "base"])
def ear(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A small wav2vec 2.0 in the hub's format."""
    pytest.importorskip("transformers", reason="the wav2vec 2.0 speech encoder needs transformers")
    torch.manual_seed(0)
    make_network(request.param).save_pretrained(tmp_path)  # type: ignore[operator]
    return tmp_path


def system_of(config: SystemConfig) -> System:
    torch.manual_seed(3)
    system = System(config).eval()
    with torch.no_grad():
        for parameter in system.model.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return system


def with_ear(ear: Path) -> System:
    cached = DrawingConfig(history="cached")
    speech = Wav2VecConfig(str(ear), PAPER_FORM.frames_per_turn, "running")
    return system_of(SystemConfig("heard", space="flame56", speech=speech, model=PAPER_FORM, drawing=cached))


@pytest.mark.parametrize("form", CONFIGS)
def test_in_float32_every_form_stays_the_same_but_for_rounding(form: str) -> None:
    system = make(form)
    torch.testing.assert_close(frames(optimised(system, "float32")), frames(system), atol=2e-5, rtol=0)


@pytest.mark.parametrize("name", LOW)
@pytest.mark.parametrize("form", [form for form in CONFIGS if form.startswith("timar")])
def test_in_low_precision_motion_is_nearly_the_same(form: str, name: str) -> None:
    system = make(form)
    plain = frames(system)
    error = (frames(optimised(system, name)) - plain).abs()
    assert error.max() > 0
    assert error.mean() < 0.1 * plain.std()


@pytest.mark.parametrize("name", ["float32", *LOW])
def test_any_chunking_gives_the_same_frames(name: str) -> None:
    low = optimised(make("timar shipped"), name)
    assert torch.equal(frames(low, 30, (1, 9, 4, 13, 3)), frames(low))


@pytest.mark.parametrize("name", ["float32", *LOW])
def test_speech_is_heard_nearly_the_same(ear: Path, name: str) -> None:
    system = with_ear(ear)
    sound = torch.randn(2, 3 * 5 * 640, generator=torch.Generator().manual_seed(1))
    low = optimised(system, name)
    heard, again = (s.encoder.encode(sound, s.encoder.init_state(2))[0] for s in (system, low))
    error = (again - heard).norm() / heard.norm()
    assert error < {"float32": 1e-5, "bf16": 0.04, "int8": 0.06}[name]
    assert low.encoder.network is not system.encoder.network
    assert not any(isinstance(layer, nn.Conv1d) for layer in low.encoder.network.modules())
    torch.testing.assert_close(frames(low), frames(system), atol={"float32": 1e-5}.get(name, 0.1), rtol=0)


@pytest.mark.parametrize("name", ["float32", *LOW])
def test_a_phonetic_encoder_is_lowered_and_its_features_nearly_the_same(name: str) -> None:
    system = make("timar phonetic")
    sound = torch.randn(2, 6400, generator=torch.Generator().manual_seed(1))
    low = optimised(system, name)
    heard, again = (s.encoder.encode(sound, s.encoder.init_state(2))[0] for s in (system, low))
    assert (again - heard).norm() / heard.norm() < {"float32": 1e-5}.get(name, 0.02)
    assert any(isinstance(layer, PackedLinear) for layer in low.encoder.modules())
    assert not any(isinstance(layer, PackedLinear) for layer in system.encoder.modules())
    assert torch.equal(frames(low, 30, (1, 9, 4, 13, 3)), frames(low))


def test_an_ear_of_another_kind_is_left_as_it_is(ear: Path) -> None:
    system = with_ear(ear)
    system.encoder.network.config.hidden_act = "relu"
    assert optimised(system, "bf16").encoder.network is system.encoder.network


def test_dualtalk_is_lowered_in_its_ears() -> None:
    pytest.importorskip("transformers", reason="the wav2vec 2.0 ears need transformers")
    speech = FramedConfig(frames_per_turn=DUALTALK_FORM.frames_per_turn)
    config = SystemConfig("ears", space="flame56", speech=speech, model=replace(DUALTALK_FORM, ears=LARGE))
    system = system_of(config)
    low = optimised(system, "bf16")
    packed = [name for name, layer in low.model.named_modules() if isinstance(layer, PackedLinear)]
    assert packed
    assert all(".audio_encoder" in name for name in packed)
    plain = frames(system, 15)
    error = (frames(low, 15) - plain).abs()
    assert 0 < error.max() < 0.1 * plain.abs().max()


@pytest.mark.parametrize(("name", "kind"), [("float32", FloatLinear), ("bf16", HalfLinear), ("int8", Int8Linear)])
def test_blocks_and_head_are_lowered_and_what_is_delicate_is_not(name: str, kind: type[PackedLinear]) -> None:
    if kind is Int8Linear and not has_int8(CPU):
        pytest.skip("no 8-bit products")
    model = optimised(make("timar shipped"), name).model
    layers = {
        path: type(layer) for path, layer in model.named_modules() if isinstance(layer, (nn.Linear, PackedLinear))
    }
    heavy = {path for path in layers if path.startswith(("encoder_blocks.", "head."))}
    assert len(heavy) > 10
    assert {layers[path] for path in heavy} == {kind}
    convolutions = {path for path in layers if path.startswith("tokens.speech_tower.mixes.")}
    assert {layers[path] for path in convolutions} == {FloatLinear if kind is FloatLinear else HalfLinear}
    guide = {path for path in layers if path.startswith("guide.")}
    assert {layers[path] for path in guide} == {nn.Linear}
    assert {layers[path] for path in set(layers) - heavy - convolutions - guide} == {FloatLinear}
    assert {weight.dtype for weight in model.parameters()} == {torch.float32}


@pytest.mark.parametrize(("name", "dtype"), [("float32", torch.float32), ("bf16", torch.bfloat16)])
def test_the_cache_is_kept_as_attention_gives_it(name: str, dtype: torch.dtype) -> None:
    low = optimised(make("timar shipped"), name)
    first = low.init_state(1)
    _, state = low.step(chunk_for(low, 20), first)
    for known in (first, state):
        rollout = known.model
        assert isinstance(rollout, TimarState)
        assert isinstance(rollout.memory, Past)
        assert {layer.keys.dtype for layer in rollout.memory.layers} == {dtype}


def test_the_given_system_stays_as_it_is() -> None:
    system = make("timar shipped")
    before, weights = frames(system), {name: weight.clone() for name, weight in system.state_dict().items()}
    low = optimised(system, "bf16")
    frames(low)
    assert torch.equal(frames(system), before)
    assert all(torch.equal(weight, weights[name]) for name, weight in system.state_dict().items())
    assert not any(isinstance(layer, PackedLinear) for layer in system.modules())
    assert all(isinstance(layer.qkv, nn.Linear) for layer in system.modules() if isinstance(layer, Attention))
    chunk = chunk_for(system, 10)
    system.advance(chunk, system.init_state(1))[0].sample.sum().backward()
    assert all(block.mlp.fc1.weight.grad is not None for block in system.model.encoder_blocks)  # type: ignore[union-attr]


def test_replaced_weights_are_let_go_with_the_given_system() -> None:
    system = make("timar paper")
    weights = [
        weakref.ref(layer.weight)
        for name, layer in system.model.named_modules()
        if isinstance(layer, nn.Linear) and name.startswith("encoder_blocks.")
    ]
    low = optimised(system, "bf16")
    assert all(weight() is not None for weight in weights)
    del system
    gc.collect()
    assert all(weight() is None for weight in weights)
    assert frames(low).isfinite().all()


def test_a_lowered_system_takes_options_and_keeps_its_context() -> None:
    system = make("timar shipped").with_options(context=1)
    low = optimised(system, "float32")
    assert low.interface.past_steps == 1
    torch.testing.assert_close(frames(low), frames(system), atol=2e-5, rtol=0)
    other = low.with_options(steps=2, guidance=1.5)
    assert other.model is low.model
    wanted = frames(system.with_options(steps=2, guidance=1.5))
    torch.testing.assert_close(frames(other), wanted, atol=2e-5, rtol=0)


def test_where_there_are_no_8_bit_products_int8_is_bf16(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "has_int8", lambda _: False)
    system = make("timar paper")
    assert torch.equal(frames(optimised(system, "int8")), frames(optimised(system, "bf16")))


def test_what_is_impossible_is_refused() -> None:
    system = make("timar paper")
    with pytest.raises(
        VisavisError, match=r"unknown precision 'bf61'; did you mean 'bf16'\? known: bf16, float32, int8"
    ):
        optimised(system, "bf61")
    with pytest.raises(VisavisError, match="paper is optimised already; optimise the system that it was made from"):
        optimised(optimised(system, "bf16"), "float32")
    with pytest.raises(VisavisError, match="cannot be moved or cast"):
        optimised(system, "bf16").to("meta")
    with pytest.raises(VisavisError, match="cannot be saved; save the system it was made from"):
        optimised(system, "bf16").model.state_dict()


@pytest.mark.parametrize(
    ("kind", "convolution", "kept", "most"),
    [
        (FloatLinear, FloatLinear, torch.float32, 1e-5),
        (HalfLinear, HalfLinear, torch.bfloat16, 0.02),
        (Int8Linear, HalfLinear, torch.bfloat16, 0.02),
    ],
)
def test_a_phonetic_encoder_is_packed_and_hears_nearly_the_same(
    kind: Kind, convolution: Kind, kept: torch.dtype, most: float
) -> None:
    torch.manual_seed(0)
    made = PhoneticEncoder(PhoneticConfig(width=32, dilations=(1, 2)))
    names = list(made.state_dict())
    other = packed_phonetic(made, kind)
    sound, state, parts = torch.cat([steady_speech(20), 0.1 * steady_speech(20).flip(1)]), other.init_state(2), []
    plain, _ = made.encode(sound, made.init_state(2))
    for frames in sound.split([samples_in(count) for count in (1, 7, 12)], dim=1):
        part, state = other.encode(frames, state)
        parts.append(part)
    heard = torch.cat(parts, dim=1)
    assert heard.dtype == torch.float32
    assert (heard - plain).norm() / plain.norm() < most
    torch.testing.assert_close(other.encode(sound, other.init_state(2))[0], heard, atol=most, rtol=0)
    assert state.tails.dtype == other.init_state(2).tails.dtype == kept
    assert {type(layer.mix) for layer in other.layers} == {convolution}
    assert list(made.state_dict()) == names
    assert made.init_state(1).tails.dtype == torch.float32
