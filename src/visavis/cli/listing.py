"""The command models: what ships, and what can be trained."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from visavis.cli.shared import Json, bar, require_places, write_json

if TYPE_CHECKING:
    from visavis.system.catalogue import ShippedModel


def models(*, measure: bool = False, json: Json = None) -> None:
    """List the models that ship, with size, latency, quality and licence, and the recipes that `train` knows.

    Models that do not ship are named by an address and its checksum (docs/models.md).

    Args:
        measure: Also draw some seconds with each and say how fast that is here.
        json: Also write what is known of the models here.
    """
    from visavis.system.catalogue import catalogue, measured
    from visavis.training.recipes import RECIPES

    require_places(json)
    ships = catalogue()
    speeds: dict[str, float] = {}
    if measure:
        with bar("measuring") as progress:
            for number, one in enumerate(ships):
                speeds[one.name] = measured(one.name)
                progress(number + 1, len(ships))
    what = {name: " ".join((recipe.__doc__ or "").split()) for name, recipe in RECIPES.items()}
    print("models, which ship:")
    for one in ships:
        print(f"  {one.name:29} {what.get(one.name, '')}".rstrip())
        print(f"  {'':29} {_facts(one, speeds.get(one.name))}")
    print("recipes, to train:")
    for name in RECIPES:
        print(f"  {name:29} {what[name]}".rstrip())
    write_json(json, {one.name: asdict(one) | {"real_time_here": speeds.get(one.name)} for one in ships})


def _facts(one: ShippedModel, speed: float | None) -> str:
    """What is known of a model, as a line."""
    card = one.card
    led = "" if card.latency_led_s is None else f" ({card.latency_led_s:g} s, the agent's voice known 0.12 s ahead)"
    waits = "whole recordings" if card.latency_s is None else f"latency {card.latency_s:g} s{led}"
    fast = "" if speed is None else f", {speed:.2g} times real time here"
    scores = "; ".join(f"{each.split} {_short(each.jaw_r, 3)}, {_short(each.nods_f1, 2)}" for each in card.quality)
    return f"{one.bytes / 1e6:.1f} MB, {waits}{fast}; jaw r, nods F1: {scores}; {card.licence}"


def _short(number: float, digits: int) -> str:
    return f"{number:.{digits}f}".removeprefix("0")
