"""Sizes of tiny wav2vec 2.0 networks in the forms of the large and the base one."""

from __future__ import annotations

from dataclasses import replace

from visavis.encode.speech import Wav2VecSizes

LARGE = Wav2VecSizes(
    hidden_size=24,
    num_hidden_layers=2,
    num_attention_heads=4,
    intermediate_size=32,
    conv_dim=(8, 8, 8, 8, 8, 8, 12),
    num_conv_pos_embeddings=8,
    num_conv_pos_embedding_groups=4,
)
BASE = replace(LARGE, conv_bias=False, feat_extract_norm="group", do_stable_layer_norm=False)
