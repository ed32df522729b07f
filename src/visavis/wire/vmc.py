"""VMC protocol: OSC messages that VSeeFace, Warudo, VNyan and Unity's receivers understand (protocol.vmc.info).

Rotations are told in Unity's axes: x to the own right, y up, z ahead, left-handed; quaternions are (x, y, z, w).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from visavis.core.builtin_spaces import ARKIT_WEIGHTS
from visavis.core.errors import unknown
from visavis.view.posing import posing
from visavis.wire.osc import bundles, message
from visavis.wire.sink import Frame
from visavis.wire.udp import Udp

PORT = 39539
"""Where programs that show a model listen, unless told otherwise."""
BONES: Mapping[str, tuple[float, float, float]] = MappingProxyType(
    {"Head": (0.0, 0.09, 0.0), "LeftEye": (-0.03, 0.06, 0.03), "RightEye": (0.03, 0.06, 0.03)}
)
"""Where each bone sits on the one above it [m], as on a common VRM model; some receivers move it there."""
_DATAGRAM_BYTES = 1400

Expressions = Callable[[Mapping[str, float]], Mapping[str, float]]
"""arkit61 weights by name -> values of the model's expressions by name."""


def perfect_sync(face: Mapping[str, float]) -> Mapping[str, float]:
    """The 52 ARKit expressions that "perfect sync" models have, by their own names."""
    return face


class VmcSink:
    """Expressions, head and eyes of each frame to a VMC listener.

    expressions: what the model understands; `perfect_sync`, or `view.rigs.vrm_presets.vrm0_presets` for plain models.
    bones: which bones to turn, and where they sit [m]; leave the eyes out where expressions move them already.
    Raises `VisavisError` for a host that is not known and for a bone that motion does not turn.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = PORT,
        expressions: Expressions = perfect_sync,
        bones: Mapping[str, tuple[float, float, float]] = BONES,
    ) -> None:
        for bone in bones:
            if bone not in BONES:
                raise unknown("bone", bone, BONES)
        self._udp, self._expressions, self._bones = Udp(host, port), expressions, bones

    def send(self, frame: Frame) -> None:
        """Send one frame in as few datagrams as fit a network packet; it is applied with the last."""
        pose = posing(frame.motion)
        face = dict(zip(ARKIT_WEIGHTS, pose.weights[0].tolist(), strict=True))
        messages = [message("/VMC/Ext/OK", 1), message("/VMC/Ext/T", frame.time_s)]
        for bone, place in self._bones.items():
            w, x, y, z = pose.turns[bone][0].tolist()
            messages.append(message("/VMC/Ext/Bone/Pos", bone, *place, x, -y, -z, w))
        messages += [message("/VMC/Ext/Blend/Val", name, value) for name, value in self._expressions(face).items()]
        messages.append(message("/VMC/Ext/Blend/Apply"))
        for datagram in bundles(messages, _DATAGRAM_BYTES):
            self._udp.send(datagram)

    def close(self) -> None:
        """Close the socket."""
        self._udp.close()
