from __future__ import annotations

import torch
from torch import nn

from tests.small_systems import make
from visavis.system.digest import digest_of
from visavis.system.precision import optimised


def test_a_digest_tells_weights_and_parts_apart() -> None:
    network = nn.Sequential(nn.Linear(3, 4), nn.ReLU())
    digest = digest_of(network)
    assert digest == digest_of(network)
    other = nn.Sequential(nn.Linear(3, 4), nn.Tanh())
    other.load_state_dict(network.state_dict())
    assert digest_of(other) != digest
    with torch.no_grad():
        network[0].weight[2, 1] += 1e-3
    assert digest_of(network) != digest


def test_large_and_scalar_tensors_have_digests() -> None:
    large = nn.Linear(700, 300)
    large.register_buffer("count", torch.tensor(3))
    digest = digest_of(large)
    with torch.no_grad():
        large.weight.mul_(1.001)
    assert digest_of(large) != digest


def test_a_fingerprint_is_of_weights_and_options() -> None:
    system, same = make("timar shipped"), make("timar shipped")
    assert system.fingerprint == same.fingerprint
    others = [
        system.with_options(steps=1),
        system.with_options(context=2),
        system.with_options(guidance=1.5),
        optimised(system, "float32"),
        optimised(system, "bf16"),
        make("timar mlp head"),
    ]
    assert len({system.fingerprint, *(other.fingerprint for other in others)}) == 1 + len(others)
    assert optimised(same, "bf16").fingerprint == others[4].fingerprint
