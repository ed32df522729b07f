"""The network that hears who speaks, on disk: speakers.json and speakers.safetensors; the one that ships."""

from __future__ import annotations

import functools
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from visavis.core.config import from_dict, to_dict
from visavis.core.errors import VisavisError
from visavis.core.files import read_json, write_json, written_whole
from visavis.encode.speakers import SpeakerNetwork, SpeakersConfig

CONFIG = "speakers.json"
WEIGHTS = "speakers.safetensors"
_SHIPPED = Path(__file__).parent.parent / "assets" / "speakers"


def save_speakers(network: SpeakerNetwork, folder: Path, half: bool = False) -> None:
    """Write a network's config and weights into a folder: float32, or matrices in float16 to halve their size."""
    matrices = {name for name, parameter in network.named_parameters() if half and parameter.dim() > 1}
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    tensors = {name: tensor.half() if name in matrices else tensor for name, tensor in tensors.items()}
    write_json(folder / CONFIG, to_dict(network.config))
    with written_whole(folder / WEIGHTS) as place:
        save_file(tensors, place)


def load_speakers(folder: Path) -> SpeakerNetwork:
    """The network of a folder that `save_speakers` or a training run wrote, ready to hear.

    Raises `VisavisError` when a file is missing, damaged or does not fit.
    """
    config, weights = folder / CONFIG, folder / WEIGHTS
    for path in (config, weights):
        if not path.is_file():
            raise VisavisError(
                f"{folder} holds no network that hears who speaks ({path.name} is missing); give a run of: "
                "python -m visavis.training.speakers DATA --out RUN"
            )
    network = SpeakerNetwork(from_dict(SpeakersConfig, read_json(config)))
    try:
        network.load_state_dict({name: tensor.float() for name, tensor in load_file(weights).items()})
    except (SafetensorError, RuntimeError) as error:
        raise VisavisError(f"{weights} is damaged or does not fit {config.name}; copy or train it again") from error
    return network.requires_grad_(False).eval()


@functools.cache
def shipped_speakers() -> SpeakerNetwork:
    """The network that ships in the package; raises `VisavisError` where none does (`speakers_ship`)."""
    return load_speakers(_SHIPPED)


def speakers_ship() -> bool:
    """Whether a network that hears who speaks is in the package."""
    return (_SHIPPED / WEIGHTS).is_file()
