from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from visavis.models.timar.tokens import TurnInputs, TurnTokens

FEATURES, CHANNELS, WIDTH = 4, 3, 8


def turn_tokens(frames: int, per_token: int, separators: bool) -> TurnTokens:
    torch.manual_seed(0)
    return TurnTokens(FEATURES, CHANNELS, WIDTH, frames, per_token, separators)


def inputs(turns: int, frames: int, per_token: int, seed: int = 1) -> TurnInputs:
    generator = torch.Generator().manual_seed(seed)

    def drawn(width: int) -> torch.Tensor:
        return torch.randn(2, turns, frames, width, generator=generator)

    no = torch.zeros(2, turns, frames // per_token, dtype=torch.bool)
    return TurnInputs(drawn(FEATURES), drawn(CHANNELS), drawn(FEATURES), drawn(CHANNELS), no, no, no)


def test_streams_and_separators_stand_in_the_papers_order() -> None:
    tokens, turns = turn_tokens(5, 1, separators=True), inputs(2, 5, 1)
    out = tokens(turns).tokens
    assert out.shape == (2, 2, 30, WIDTH)
    assert tokens.count == 30
    kinds = ["turn", "us", *["user speech"] * 5, "/us", "um", *["user motion"] * 5, "/um"]
    kinds += ["as", *["agent speech"] * 5, "/as", "am", *["agent motion"] * 5, "/am", "/turn"]
    marks = [i for i, kind in enumerate(kinds) if " " not in kind]
    assert tokens.sep_tok_emb is not None
    assert torch.equal(out[:, :, marks], tokens.sep_tok_emb.weight.expand(2, 2, 10, WIDTH))
    streams = {
        "user speech": tokens.speech_projection(turns.user_speech),
        "user motion": tokens.motion_encoder(turns.user_motion),
        "agent speech": tokens.speech_projection(turns.agent_speech),
        "agent motion": tokens.motion_encoder(turns.agent_motion),
    }
    for name, embedded in streams.items():
        places = [i for i, kind in enumerate(kinds) if kind == name]
        torch.testing.assert_close(out[:, :, places], embedded)
    assert kinds[tokens.agent_speech_at] == ["agent speech"] * 5
    assert kinds[tokens.agent_motion_at] == ["agent motion"] * 5


def test_without_separators_only_the_streams_are_left() -> None:
    tokens, turns = turn_tokens(10, 5, separators=False), inputs(1, 10, 5)
    out = tokens(turns).tokens
    assert out.shape == (2, 1, 8, WIDTH)
    packed = turns.agent_speech.reshape(2, 1, 2, 5 * FEATURES)
    torch.testing.assert_close(out[:, :, tokens.agent_speech_at], tokens.speech_projection(packed))
    assert (tokens.agent_speech_at, tokens.agent_motion_at) == (slice(4, 6), slice(6, 8))


@pytest.mark.parametrize(("frames", "per_token"), [(5, 1), (10, 5), (12, 3)])
def test_packing_is_undone_by_unpacking(frames: int, per_token: int) -> None:
    tokens = turn_tokens(frames, per_token, separators=True)
    motion = torch.arange(2.0 * 3 * frames * CHANNELS).view(2, 3, frames, CHANNELS)
    packed = tokens.pack(motion)
    assert packed.shape == (2, 3, frames // per_token, per_token * CHANNELS)
    assert torch.equal(packed[0, 1, 0].view(per_token, CHANNELS), motion[0, 1, :per_token])
    assert torch.equal(tokens.unpack(packed), motion)


def test_hidden_user_tokens_do_not_depend_on_the_user() -> None:
    tokens, turns = turn_tokens(4, 1, separators=True), inputs(1, 4, 1)
    hidden = torch.zeros(2, 1, 4, dtype=torch.bool)
    hidden[:, :, 1] = True
    other = inputs(1, 4, 1, seed=9)
    user = slice(2, 6)
    some = replace(turns, speech_hidden=hidden)
    before = tokens(some).tokens
    after = tokens(replace(some, user_speech=other.user_speech)).tokens
    assert torch.equal(before[:, :, user][:, :, 1], tokens.fake_latent.expand(2, 1, WIDTH))
    same = (before[:, :, user] == after[:, :, user]).all(-1)
    assert torch.equal(same, hidden)
    every = torch.ones_like(hidden)
    blind = replace(turns, speech_hidden=every, motion_hidden=every)
    stranger = replace(blind, user_speech=other.user_speech, user_motion=other.user_motion)
    assert torch.equal(tokens(blind).tokens, tokens(stranger).tokens)
    assert not torch.equal(tokens(blind).tokens, tokens(replace(blind, agent_speech=other.agent_speech)).tokens)


def test_times_are_the_middles_of_the_tokens_and_the_edges_of_the_turn() -> None:
    plain = turn_tokens(10, 5, separators=False)
    assert plain.times().tolist() == [2, 7] * 4
    marked = turn_tokens(3, 1, separators=True)
    assert marked.times().tolist() == [0, *[0, 0, 1, 2, 2] * 4, 2]
    assert len(marked.times()) == marked.count


def test_turns_are_joined_and_cut_on_the_turn_axis() -> None:
    turns = inputs(3, 5, 1)
    again = turns.last(3)
    assert torch.equal(again.user_speech, turns.user_speech)
    last = turns.last(1)
    assert torch.equal(last.agent_motion, turns.agent_motion[:, 2:])
    joined = turns.followed_by(last)
    assert joined.masked.shape == (2, 4, 5)
    assert torch.equal(joined.user_motion[:, 3], turns.user_motion[:, 2])
    assert turns.last(0).user_speech.shape[1] == 0


@pytest.mark.parametrize("separators", [True, False])
def test_beside_an_own_token_stand_the_other_three_of_its_frames(separators: bool) -> None:
    tokens = TurnTokens(3, 2, 8, frames_per_turn=6, frames_per_token=3, separators=separators)
    numbered = torch.arange(float(tokens.count)).view(1, 1, -1, 1).expand(1, 1, -1, 8)
    beside = tokens.beside(numbered)
    assert beside.shape == (1, 1, 2, 24)
    speech = torch.arange(float(tokens.count))[tokens.agent_speech_at]
    torch.testing.assert_close(beside[0, 0, :, 16:], speech[:, None].expand(-1, 8))
    gap = tokens.agent_motion_at.start - tokens.agent_speech_at.start
    torch.testing.assert_close(beside[0, 0, :, 0], speech - 2 * gap)
    torch.testing.assert_close(beside[0, 0, :, 8], speech - gap)
