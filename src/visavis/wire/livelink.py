"""Live Link Face packets, as Epic's app sends them to Unreal Engine (version 6, one datagram a frame).

Big-endian: version (1 byte); device and subject, each a length (int32) and its bytes; frame number (int32), subframe
(float32), frame rate as numerator and denominator (int32); number of values (1 byte) and the values (float32). Their
order is that of Unreal's EARFaceBlendShape, which is not that of the app's CSV: left comes before right throughout.
"""

from __future__ import annotations

import struct
import uuid
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from visavis.core.builtin_spaces import ARKIT61
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.retarget import to_arkit
from visavis.wire.sink import Frame
from visavis.wire.udp import Udp

PORT = 11111
VERSION = 6
_SWAPPED = {"JawRight": "JawLeft", "MouthRight": "MouthLeft"}
CHANNELS: tuple[str, ...] = tuple(
    (_SWAPPED | {left: right for right, left in _SWAPPED.items()}).get(name, name) for name in ARKIT61.channels
)
"""The values of a packet by the names of arkit61, in the packet's order."""
_ORDER = np.array([ARKIT61.channels.index(name) for name in CHANNELS])


@dataclass(frozen=True, eq=False)
class Packet:
    """One datagram: `values` (61,) in the order of arkit61, `frame` counted at `fps`, `subframe` in [0, 1)."""

    values: np.ndarray
    frame: int
    fps: Fraction
    subject: str
    device: str
    subframe: float = 0.0


def encode(packet: Packet) -> bytes:
    """The datagram of a packet."""
    names = b"".join(struct.pack(">i", len(data)) + data for data in (packet.device.encode(), packet.subject.encode()))
    time = struct.pack(
        ">ifii", packet.frame & 0x7FFFFFFF, packet.subframe, packet.fps.numerator, packet.fps.denominator
    )
    values: bytes = np.asarray(packet.values, ">f4")[_ORDER].tobytes()
    return bytes([VERSION]) + names + time + bytes([len(CHANNELS)]) + values


def decode(data: bytes) -> Packet | None:
    """The packet of a datagram; None for one without a face in view. Raises `VisavisError` where it is none."""
    try:
        if data[0] != VERSION:
            raise VisavisError(
                f"a Live Link Face packet of version {data[0]}; set the app to Live Link (ARKit), version 6"
            )
        device, at = _text(data, 1)
        subject, at = _text(data, at)
        frame, subframe, numerator, denominator = struct.unpack_from(">ifii", data, at)
        if at + 16 == len(data) or data[at + 16] == 0:
            return None
        if data[at + 16] != len(CHANNELS) or len(data) != at + 17 + 4 * len(CHANNELS):
            raise VisavisError(f"{data[at + 16]} values in {len(data)} bytes are no Live Link Face packet; expected 61")
        values = np.empty(len(CHANNELS), np.float32)
        values[_ORDER] = np.frombuffer(data, ">f4", len(CHANNELS), at + 17)
        return Packet(values, frame, Fraction(numerator, denominator), subject, device, subframe)
    except (IndexError, UnicodeDecodeError, ZeroDivisionError, struct.error) as error:
        raise VisavisError(
            f"{len(data)} bytes are no Live Link Face packet ({error}); check what sends them"
        ) from error


class LiveLinkSink:
    """Each frame as one Live Link Face packet, for Unreal Engine's Live Link window.

    subject: the name it appears under. start_s: what the clock shows at the first sound sample [s], for timecode.
    Raises `VisavisError` for a host that is not known.
    """

    def __init__(
        self, host: str = "127.0.0.1", port: int = PORT, subject: str = "visavis", start_s: float = 0.0
    ) -> None:
        self._udp, self._subject, self._start = Udp(host, port), subject, Fraction(start_s)
        self._device = str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{subject}.visavis")).upper()

    def send(self, frame: Frame) -> None:
        """Send one frame; motion of other spaces as far as it can be shown."""
        shown: Motion = to_arkit(frame.motion)
        position = frame.number + self._start * frame.fps
        whole = position.numerator // position.denominator
        self._udp.send(
            encode(Packet(shown.values[0], whole, frame.fps, self._subject, self._device, float(position - whole)))
        )

    def close(self) -> None:
        """Close the socket."""
        self._udp.close()


def _text(data: bytes, at: int) -> tuple[str, int]:
    (length,) = struct.unpack_from(">i", data, at)
    if not 0 <= length <= len(data) - at - 4:
        raise IndexError("a name is longer than the packet")
    return data[at + 4 : at + 4 + length].decode(), at + 4 + length
