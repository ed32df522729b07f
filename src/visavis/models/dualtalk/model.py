"""DualTalk: what the network computes (arXiv 2505.18096). It hears whole windows: every frame depends on all others.

Shapes: B conversations, T frames, E speech features a frame, D motion channels, W width.
The modules carry the published checkpoint's names, in which the agent is "1" and the user "2".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from visavis.core.bounds import Depth, Share, Size, require_bounds
from visavis.core.clock import SAMPLES_PER_FRAME
from visavis.core.errors import VisavisError
from visavis.encode.speech import Wav2VecSizes, make_network, wav2vec_features
from visavis.layers.standard import Standardised


@dataclass(frozen=True)
class DualTalkConfig:
    """Sizes; as published by default, but for the ears.

    frames_per_turn: frames drawn together (progressive protocol: 25 = 1 s). window_turns: turns of a training
    window, the current one included (published: 8 = 200 frames). ears: two wav2vec 2.0 networks inside the model,
    one for each voice, which hear sound frame by frame (published: `Wav2VecSizes()`); None: the model is given
    speech features. dropout: of the encoder and the self-attention after it; the decoder's is 0.1.
    """

    tag: ClassVar[str] = "dualtalk"

    frames_per_turn: Size = 25
    window_turns: Size = 8
    width: Size = 256
    heads: Depth = 4
    lstm_layers: Depth = 2
    encoder_layers: Depth = 3
    decoder_layers: Depth = 1
    feedforward: Size = 2048
    dropout: Share = 0.5
    ears: Wav2VecSizes | None = None

    def __post_init__(self) -> None:
        require_bounds(self)
        if self.width % 2 or self.width % self.heads:
            raise VisavisError(f"width {self.width} must be even and a multiple of heads {self.heads}")

    @property
    def denoising(self) -> None:
        """Nothing is denoised: what the network predicts is the motion."""
        return None


class DualTalk(Standardised):
    """Both voices and the user's motion in, the agent's motion out, over one window."""

    def __init__(self, config: DualTalkConfig, features: int, channels: int) -> None:
        super().__init__(channels)
        if config.ears is not None and features != SAMPLES_PER_FRAME:
            raise VisavisError(
                f"a model with its own ears takes sound of {SAMPLES_PER_FRAME} samples a frame, "
                f"not {features} features; set ears to none, or give it sound"
            )
        self.config = config
        self.features = features
        self.joint_encoder = JointEncoder(config, features, channels)
        self.temporal_enhancer = TemporalEnhancer(config)
        self.interaction_module = InteractionModule(config)
        self.synthesis_module = SynthesisModule(config, channels)

    def forward(self, user_speech: Tensor, user_motion: Tensor, agent_speech: Tensor) -> Tensor:
        """Speech (B, T, E) of both and the user's normalised motion (B, T, D) -> the agent's, normalised (B, T, D).

        With ears, speech is normalised sound by frames (E = 640).
        """
        agent, user = self.joint_encoder.agent(agent_speech), self.joint_encoder.user(user_speech)
        return self._decoded(agent, user, user_motion)

    def recording(self, user_sound: Tensor, user_motion: Tensor, agent_sound: Tensor, frames: int) -> Tensor:
        """Motion (B, frames, D), normalised, over two whole voices (B, S) of any length; for models with ears.

        What the ears hear is stretched over the frames. The user's normalised motion (B, T, D) is asked by attention:
        it may be a few frames longer or shorter. Raises `VisavisError` for a model without ears.
        """
        encoder = self.joint_encoder
        agent, user = encoder.stretched_agent(agent_sound, frames), encoder.stretched_user(user_sound, frames)
        return self._decoded(agent, user, user_motion)

    def _decoded(self, agent: Tensor, user: Tensor, user_motion: Tensor) -> Tensor:
        temporal = self.temporal_enhancer(user, self.joint_encoder.blendshape_encoder(user_motion))
        motion: Tensor = self.synthesis_module(self.interaction_module(torch.cat([agent, temporal], dim=-1)))
        return motion


class JointEncoder(nn.Module):
    """Embeds both voices and the user's motion; each voice has its own ear, and they share one projection."""

    def __init__(self, config: DualTalkConfig, features: int, channels: int) -> None:
        super().__init__()
        width, ears = config.width, config.ears
        self.audio_encoder1 = None if ears is None else make_network(ears)
        self.audio_encoder2 = None if ears is None else make_network(ears)
        self.audio_projection = nn.Linear(features if ears is None else ears.hidden_size, width)
        self.blendshape_encoder = nn.Sequential(
            nn.Linear(channels, width // 2), nn.ReLU(), nn.Linear(width // 2, width), nn.ReLU()
        )

    def agent(self, speech: Tensor) -> Tensor:
        """The agent's voice (B, T, E) -> (B, T, W)."""
        embedded: Tensor = self.audio_projection(_features(self.audio_encoder1, speech))
        return embedded

    def user(self, speech: Tensor) -> Tensor:
        """The user's voice (B, T, E) -> (B, T, W)."""
        embedded: Tensor = self.audio_projection(_features(self.audio_encoder2, speech))
        return embedded

    def stretched_agent(self, sound: Tensor, frames: int) -> Tensor:
        """The agent's whole voice (B, S) -> (B, frames, W)."""
        embedded: Tensor = self.audio_projection(wav2vec_features(_required(self.audio_encoder1), sound, frames))
        return embedded

    def stretched_user(self, sound: Tensor, frames: int) -> Tensor:
        """The user's whole voice (B, S) -> (B, frames, W)."""
        embedded: Tensor = self.audio_projection(wav2vec_features(_required(self.audio_encoder2), sound, frames))
        return embedded


class TemporalEnhancer(nn.Module):
    """Cross-attention from the user's speech to their motion, then a bidirectional LSTM: (B, T, W)."""

    def __init__(self, config: DualTalkConfig) -> None:
        super().__init__()
        width = config.width
        self.cross_attention = nn.MultiheadAttention(width, config.heads, batch_first=True)
        self.temporal_lstm = nn.LSTM(width, width // 2, config.lstm_layers, batch_first=True, bidirectional=True)

    def forward(self, speech: Tensor, motion: Tensor) -> Tensor:
        """From the user's speech and motion (B, T, W)."""
        asked, _ = self.cross_attention(speech, motion, motion, need_weights=False)
        followed: Tensor = self.temporal_lstm(asked)[0]
        return followed


class InteractionModule(nn.Module):
    """Transformer encoder and self-attention over both people: (B, T, 2 W) -> (B, T, 2 W)."""

    def __init__(self, config: DualTalkConfig) -> None:
        super().__init__()
        width, heads, dropout = 2 * config.width, config.heads, config.dropout
        layer = nn.TransformerEncoderLayer(width, heads, config.feedforward, dropout, batch_first=True)
        self.interaction_encoder = nn.TransformerEncoder(layer, config.encoder_layers, enable_nested_tensor=False)
        self.self_attention = nn.MultiheadAttention(width, heads, dropout, batch_first=True)

    def forward(self, both: Tensor) -> Tensor:
        """From the agent's voice and the user's temporal features side by side."""
        encoded = self.interaction_encoder(both)
        attended: Tensor = self.self_attention(encoded, encoded, encoded, need_weights=False)[0]
        return attended


class SynthesisModule(nn.Module):
    """Transformer decoder: features (B, T, 2 W) -> motion (B, T, D)."""

    def __init__(self, config: DualTalkConfig, channels: int) -> None:
        super().__init__()
        width = 2 * config.width
        layer = nn.TransformerDecoderLayer(width, config.heads, config.feedforward, batch_first=True)
        self.synthesis_decoder = nn.TransformerDecoder(layer, config.decoder_layers)
        self.modulation_layer = nn.Linear(width, width)
        self.blendshape_predictor = nn.Linear(width, channels)

    def forward(self, features: Tensor) -> Tensor:
        """The features are the decoder's target and its memory."""
        decoded = self.synthesis_decoder(features, features)
        motion: Tensor = self.blendshape_predictor(decoded + 0.1 * self.modulation_layer(decoded))
        return motion


def _required(ear: nn.Module | None) -> nn.Module:
    if ear is None:
        raise VisavisError("this DualTalk has no ears of its own; give it speech features, frame by frame")
    return ear


def _features(ear: nn.Module | None, speech: Tensor) -> Tensor:
    return speech if ear is None else wav2vec_features(ear, speech.flatten(1), speech.shape[1])
