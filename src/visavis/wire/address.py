"""Live outputs by address: `vmc://127.0.0.1:39539`, `livelink://host?subject=Ada&fps=30`, `jsonl:-`."""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, urlsplit

from visavis.core.errors import VisavisError, unknown
from visavis.core.rate import rate
from visavis.core.spaces import MotionSpace
from visavis.view.rigs.vrm_presets import vrm0_presets, vrm1_presets
from visavis.wire import livelink, vmc
from visavis.wire.jsonl import JsonLinesSink
from visavis.wire.livelink import LiveLinkSink
from visavis.wire.outlet import Outlet
from visavis.wire.sink import Sink
from visavis.wire.vmc import VmcSink, perfect_sync

_FORMS = "vmc://HOST[:PORT], livelink://HOST[:PORT] or jsonl:FILE (jsonl:- is standard output)"
_EXPRESSIONS = {"arkit": perfect_sync, "vrm0": vrm0_presets, "vrm1": vrm1_presets}
_OPTIONS = {"vmc": ("fps", "expressions"), "livelink": ("fps", "subject"), "jsonl": ("fps",)}


def open_outlet(address: str, space: MotionSpace, source_fps: float = 25) -> Outlet:
    """The outlet that an address means, for frames of `space` at `source_fps`.

    Options follow a question mark: `fps=30` (unset: 60; jsonl: as the frames come), for vmc `expressions=` arkit, vrm0
    or vrm1, for livelink `subject=NAME`.
    Raises `VisavisError` where the address is none, an option is unknown, or a file cannot be written.
    """
    parts = _split(address)
    if parts.scheme not in _OPTIONS:
        raise VisavisError(f"{address!r} is no address of a live output; use {_FORMS}")
    if parts.scheme != "jsonl" and (parts.path.strip("/") or not parts.netloc):
        host = parts.netloc or parts.path.strip("/") or "127.0.0.1"
        raise VisavisError(f"{address!r} names no host; write {parts.scheme}://{host}")
    options: dict[str, str] = {}
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name not in _OPTIONS[parts.scheme]:
            raise unknown(f"option of {parts.scheme}", name, _OPTIONS[parts.scheme])
        if not value or name in options:
            raise VisavisError(f"{address!r} gives {name} {'twice' if name in options else 'no value'}; give it one")
        options[name] = value
    usual = source_fps if parts.scheme == "jsonl" else 60
    try:
        fps = float(options.get("fps", usual))
        rate(space, source_fps, fps)  # refuses what is no rate before anything is opened
        return Outlet(_sink(parts, options, address), space, fps, source_fps)
    except VisavisError:
        raise
    except ValueError as error:
        raise VisavisError(f"{address!r}: {error}; ports and rates are numbers, use {_FORMS}") from error


def _split(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        named = parts.scheme in _OPTIONS and parts.port == 0
    except ValueError as error:
        raise VisavisError(f"{address!r}: {error}; ports and rates are numbers, use {_FORMS}") from error
    if named:
        raise VisavisError(f"{address!r}: nobody listens at port 0; ports are 1 to 65535, or leave it out")
    return parts


def _sink(parts: SplitResult, options: dict[str, str], address: str) -> Sink:
    if parts.scheme == "jsonl":
        return _lines(parts.path or parts.netloc, address)
    host = parts.hostname or "127.0.0.1"
    if parts.scheme == "livelink":
        return LiveLinkSink(host, parts.port or livelink.PORT, options.get("subject", "visavis"))
    name = options.get("expressions", "arkit")
    if name not in _EXPRESSIONS:
        raise unknown("expressions", name, _EXPRESSIONS)
    return VmcSink(host, parts.port or vmc.PORT, _EXPRESSIONS[name])


def _lines(place: str, address: str) -> Sink:
    if place == "-":
        return JsonLinesSink(sys.stdout)
    if not place:
        raise VisavisError(f"{address!r} names no file; use {_FORMS}")
    try:
        return JsonLinesSink(Path(place).open("w", encoding="utf-8"), owned=True)
    except OSError as error:
        raise VisavisError(f"cannot write {place}: {error.strerror}; choose another place") from error
