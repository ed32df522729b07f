"""The interleaved tokens of a turn (TIMAR, tokens of one turn).

    <turn> <us> user speech </us> <um> user motion </um> <as> agent speech </as> <am> agent motion </am> </turn>

Shapes: B conversations, P turns, F frames a turn, K frames a token, n = F / K tokens a stream,
N tokens a turn, E speech features a frame, D motion channels, W token width.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from visavis.core.state import mapped
from visavis.models.timar.tower import FrameTower


@dataclass(frozen=True)
class TurnInputs:
    """What is known about P turns: features (B, P, F, E) and normalised motion (B, P, F, D).

    `speech_hidden` and `motion_hidden` (B, P, n) bool say which of the user's tokens are replaced by the learned
    `fake_latent`; `masked` (B, P, n) which agent-motion tokens are to be drawn.
    """

    user_speech: Tensor
    user_motion: Tensor
    agent_speech: Tensor
    agent_motion: Tensor
    speech_hidden: Tensor
    motion_hidden: Tensor
    masked: Tensor

    def followed_by(self, later: TurnInputs) -> TurnInputs:
        """These turns and then `later`."""
        return mapped(lambda *pair: torch.cat(pair, dim=1), self, later)

    def last(self, turns: int) -> TurnInputs:
        """The last `turns` turns."""
        return mapped(lambda tensor: tensor[:, tensor.shape[1] - turns :], self)


@dataclass(frozen=True)
class Interleaved:
    """Tokens (B, P, N, W), and the agent's speech frame by frame as the tokens' maker heard it (B, P, F, X)."""

    tokens: Tensor
    agent_speech: Tensor


class TurnTokens(nn.Module):
    """Embeds the four streams of each turn and interleaves them."""

    agent_speech_at: slice
    agent_motion_at: slice

    def __init__(
        self,
        features: int,
        channels: int,
        width: int,
        frames_per_turn: int,
        frames_per_token: int,
        separators: bool,
        speech_layers: int = 0,
    ) -> None:
        super().__init__()
        self.frames_per_token = frames_per_token
        self.stream = frames_per_turn // frames_per_token
        values = channels * frames_per_token
        self.speech_tower = FrameTower(features, width, speech_layers) if speech_layers else None
        self.speech_projection = nn.Linear((width if speech_layers else features) * frames_per_token, width)
        self.motion_encoder = nn.Sequential(
            nn.Linear(values, width // 2), nn.ReLU(), nn.Linear(width // 2, width), nn.ReLU()
        )
        self.fake_latent = nn.Parameter(torch.randn(1, width) * 0.02)
        self.sep_tok_emb = nn.Embedding(10, width) if separators else None
        gap = 2 if separators else 0
        first = 2 if separators else 0
        self._starts = starts = [first + i * (self.stream + gap) for i in range(4)]
        self.count = 4 * self.stream + (10 if separators else 0)
        self.agent_speech_at = slice(starts[2], starts[2] + self.stream)
        self.agent_motion_at = slice(starts[3], starts[3] + self.stream)

    def pack(self, frames: Tensor) -> Tensor:
        """Frames (B, P, F, X) -> values of each token (B, P, n, K * X)."""
        return frames.reshape(*frames.shape[:2], self.stream, -1)

    def unpack(self, values: Tensor) -> Tensor:
        """Values of each token (..., n, K * X) -> frames (..., F, X)."""
        return values.reshape(*values.shape[:-2], values.shape[-2] * self.frames_per_token, -1)

    def speech_features(self, speech: Tensor) -> Tensor:
        """Speech features (B, P, F, E) through the tower, if there is one."""
        return speech if self.speech_tower is None else self.speech_tower(speech)

    def beside(self, tokens: Tensor) -> Tensor:
        """For each agent-motion token the other three of its frames: tokens (B, P, N, W) -> (B, P, n, 3 W)."""
        return torch.cat([tokens[:, :, start : start + self.stream] for start in self._starts[:3]], dim=-1)

    def times(self) -> Tensor:
        """When each token of a turn happens (N,) [frames from the turn's start]; separators at its edges."""
        step = self.frames_per_token
        centre = torch.arange(self.stream) * float(step) + (step - 1) / 2
        if self.sep_tok_emb is None:
            return centre.repeat(4)
        edges = torch.tensor([0.0]), torch.tensor([self.stream * step - 1.0])
        return torch.cat([edges[0], *(piece for _ in range(4) for piece in (edges[0], centre, edges[1])), edges[1]])

    def forward(self, turns: TurnInputs) -> Interleaved:
        """All tokens; masked agent-motion tokens are embedded like the others, the trunk blanks them."""
        heard = self.speech_features(torch.cat([turns.user_speech, turns.agent_speech]))
        user_speech, agent_speech = self.speech_projection(self.pack(heard)).unflatten(0, (2, -1)).unbind()
        motion = self.pack(torch.cat([turns.user_motion, turns.agent_motion]))
        user_motion, agent_motion = self.motion_encoder(motion).unflatten(0, (2, -1)).unbind()
        agent_heard = heard[turns.user_speech.shape[0] :]
        fake = self.fake_latent.to(user_speech.dtype)
        user_speech = torch.where(turns.speech_hidden[..., None], fake, user_speech)
        user_motion = torch.where(turns.motion_hidden[..., None], fake, user_motion)
        streams = (user_speech, user_motion, agent_speech, agent_motion)
        if self.sep_tok_emb is None:
            return Interleaved(torch.cat(streams, dim=2), agent_heard)
        marks = self.sep_tok_emb.weight.to(user_speech.dtype)
        marks = marks.expand(*user_speech.shape[:2], *marks.shape)
        pieces = [marks[:, :, :1]]
        for i, stream in enumerate(streams):
            pieces += [marks[:, :, 1 + 2 * i : 2 + 2 * i], stream, marks[:, :, 2 + 2 * i : 3 + 2 * i]]
        return Interleaved(torch.cat([*pieces, marks[:, :, 9:]], dim=2), agent_heard)
