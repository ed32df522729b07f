from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from tests.small_systems import TOGETHER_EXTENDED_FORM, TOGETHER_FORM
from visavis.core.errors import VisavisError
from visavis.models.talking_together.additions import TogetherAdditions
from visavis.models.talking_together.model import TalkingTogether, TogetherConfig, Told, interpolated
from visavis.sampling.config import DenoisingConfig

FEATURES, CHANNELS, FRAMES = 6, 9, 14


def model_of(config: TogetherConfig) -> TalkingTogether:
    torch.manual_seed(0)
    made = TalkingTogether(config, FEATURES, CHANNELS)
    with torch.no_grad():
        for weights in made.parameters():
            weights.add_(0.1 * torch.randn_like(weights))
    return made.eval()


def inputs(
    seed: int = 0, frames: int = FRAMES, channels: int = CHANNELS, features: int = FEATURES
) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)

    def drawn(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator)

    return {
        "x": drawn(2, 2, frames, channels),
        "heard": drawn(2, frames, features),
        "masks": drawn(2, frames, 2).sigmoid(),
        "places": drawn(2, 2, frames, 6),
        "shown": drawn(2, 2, frames, channels),
    }


def predicted(
    model: TalkingTogether, given: dict[str, torch.Tensor], heard: bool = True, unseen: torch.Tensor | None = None
) -> torch.Tensor:
    audible = torch.full((2,), heard)
    where = (torch.arange(given["x"].shape[2]) < 4).expand(2, 2, -1)
    told = Told(
        model.told(given["heard"], given["masks"], given["places"], audible), given["shown"], where, None, unseen
    )
    return model(given["x"], torch.tensor([100.0, 700.0]), told)


def exchanged(given: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The same with the people exchanged."""
    own, partner = given["places"].flip(1).chunk(2, dim=-1)
    return {
        "x": given["x"].flip(1),
        "heard": given["heard"],
        "masks": given["masks"].flip(-1),
        "places": torch.cat([own, partner], dim=-1),
        "shown": given["shown"].flip(1),
    }


FORMS = {
    "paper": TOGETHER_FORM,
    "extended": TOGETHER_EXTENDED_FORM,
    "all frames": replace(TOGETHER_FORM, cross_window=None),
    "one person": replace(TOGETHER_FORM, together=False),
}


@pytest.mark.parametrize("form", FORMS)
def test_exchanged_people_are_exchanged_motion_exactly(form: str) -> None:
    model, given = model_of(FORMS[form]), inputs()
    there, back = predicted(model, given), predicted(model, exchanged(given)).flip(1)
    assert torch.equal(there, back)
    assert not torch.equal(there[:, 0], there[:, 1])


def test_roles_lie_between_speaking_and_listening() -> None:
    roles = torch.tensor([[1.0, 0, 4], [0, 2, 0]])
    assert interpolated(roles, torch.tensor([1.0])).tolist() == [1, 0, 4]
    assert interpolated(roles, torch.tensor([0.0])).tolist() == [0, 2, 0]
    assert interpolated(roles, torch.tensor([[0.25], [0.5]])).tolist() == [[0.25, 1.5, 1], [0.5, 1, 2]]


def test_what_is_told_of_somebody_is_their_own_first() -> None:
    model, given = model_of(TOGETHER_FORM), inputs()
    told = model.told(given["heard"], given["masks"], given["places"])
    width, role = TOGETHER_FORM.width, TOGETHER_FORM.role_width + 1
    assert told.shape == (2, 2, FRAMES, width + 6 + 2 * role)
    torch.testing.assert_close(told[..., :width], model.audio(given["heard"])[:, None].expand(-1, 2, -1, -1))
    own, partner = told[..., width + 6 :].split(role, dim=-1)
    torch.testing.assert_close(own[..., -1], given["masks"].transpose(1, 2))
    torch.testing.assert_close(own.flip(1), partner)


def test_an_unheard_recording_says_nothing() -> None:
    model, given = model_of(TOGETHER_FORM), inputs()
    other = {**given, "heard": inputs(1)["heard"]}
    assert torch.equal(predicted(model, given, heard=False), predicted(model, other, heard=False))
    assert not torch.equal(predicted(model, given), predicted(model, other))
    assert not torch.equal(predicted(model, given), predicted(model, given, heard=False))


def test_a_network_told_once_predicts_as_one_that_is_told_each_time() -> None:
    model, given = model_of(TOGETHER_EXTENDED_FORM), inputs()
    told = Told(model.told(given["heard"], given["masks"], given["places"]))
    times = torch.tensor([900.0, 400.0, 20.0])
    predict = model.network(told)(times)
    for step, time in enumerate(times):
        expected = model(given["x"], time.expand(2), told)
        torch.testing.assert_close(predict(given["x"], step), expected, atol=1e-5, rtol=1e-5)


def test_a_window_before_whose_beginning_nothing_exists_is_a_shorter_one() -> None:
    model, given = model_of(TOGETHER_EXTENDED_FORM), inputs()
    condition = model.told(given["heard"], given["masks"], given["places"])
    exists = (torch.arange(FRAMES) >= 4).expand(2, -1)
    time = torch.tensor([100.0, 700.0])
    whole = model(given["x"], time, Told(condition, exists=exists))[:, :, 4:]
    short = model(given["x"][:, :, 4:], time, Told(condition[:, :, 4:]))
    torch.testing.assert_close(whole, short, atol=1e-5, rtol=1e-5)


def test_shown_motion_counts_only_where_it_is_known_and_only_in_a_model_that_is_shown_it() -> None:
    given, changed = inputs(), inputs()
    changed["shown"][:, :, 4:] += 1
    model = model_of(TOGETHER_EXTENDED_FORM)
    assert torch.equal(predicted(model, given), predicted(model, changed))
    changed["shown"][:, :, 3] += 1
    assert not torch.equal(predicted(model, given), predicted(model, changed))
    paper = model_of(TOGETHER_FORM)
    assert torch.equal(predicted(paper, given), predicted(paper, changed))


def test_the_papers_form_is_the_default() -> None:
    config = TogetherConfig()
    assert (config.window, config.width, config.levels, config.blocks, config.heads) == (250, 512, 2, 2, 8)
    assert config.denoises == DenoisingConfig("cosine-log-snr", "x0")
    assert config.cross_window == 0
    assert config.additions == TogetherAdditions(
        partner_frame=False, partner_gaze=False, shown_past=False, own_voice=False, unseen_lips=False
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"overlap": 8}, "more than half of a window of 14"),
        ({"width": 10}, "multiple of twice the heads, 4"),
        ({"overlap": 3}, "an? overlap of 3 frames cannot be halved 1 times; give a multiple of 2"),
        ({"window": 15}, "window of 15 frames cannot be halved"),
        ({"denoises": DenoisingConfig("cosine-log-snr", "epsilon")}, "predicts x0"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(change: dict[str, object], said: str) -> None:
    with pytest.raises(VisavisError, match=said):
        replace(TOGETHER_FORM, **change)  # type: ignore[arg-type]


def test_whoever_is_silent_has_no_voice_of_their_own() -> None:
    """What is told of somebody who does not speak holds nothing but zeros where their own voice would be."""
    form = replace(TOGETHER_EXTENDED_FORM, additions=TogetherAdditions(own_voice=True))
    model = TalkingTogether(form, FEATURES, 9)
    masks = torch.tensor([1.0, 0.0]).expand(1, 6, 2)
    told = model.told(torch.randn(1, 6, FEATURES), masks, torch.zeros(1, 2, 6, 6))
    begin = form.width + 6
    voice = told[..., begin : begin + form.width]
    assert voice[:, 0].abs().min() > 0
    assert not voice[:, 1].any()
    unheard = model.told(torch.randn(1, 6, FEATURES), masks, torch.zeros(1, 2, 6, 6), torch.zeros(1, dtype=torch.bool))
    assert not unheard[..., begin : begin + form.width].any()


def test_an_own_voice_needs_to_be_told_who_speaks() -> None:
    with pytest.raises(VisavisError, match="own_voice to false"):
        TogetherConfig(roles=False, additions=TogetherAdditions(own_voice=True))
