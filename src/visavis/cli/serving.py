"""The command serve: the live page and its server."""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import Annotated

from tyro.conf import arg

from visavis.cli.shared import EngineChoice, ModelOrNone, Precision, loaded_live, ray_address


def serve(
    *,
    model: ModelOrNone = None,
    host: Annotated[str, arg(metavar="ADDRESS")] = "127.0.0.1",
    port: Annotated[int, arg(metavar="N")] = 8765,
    token: Annotated[str | None, arg(metavar="TEXT")] = None,
    origins: Annotated[tuple[str, ...], arg(metavar="URL [URL ...]")] = (),
    most: Annotated[int, arg(metavar="N")] = 8,
    voice: Annotated[str | None, arg(metavar="NAME")] = None,
    idle: Annotated[float, arg(metavar="S")] = 600,
    longest: Annotated[float, arg(metavar="S")] = 3600,
    seed: Annotated[int, arg(metavar="N")] = 0,
    precision: Precision = "float32",
    engine: EngineChoice = "local",
    replicas: Annotated[tuple[int, ...], arg(metavar="N [N]")] = (1,),
    drain: Annotated[float, arg(metavar="S")] = 600,
) -> None:
    """Talk to a head in a browser: it listens, nods, and answers with its own lips. Ends with Ctrl-C.

    Only this machine can reach it, unless --host says otherwise; then the printed address holds a token. A voice agent
    that answers is named in the environment (docs/agents.md).

    Args:
        model: A model's name (see `visavis models`), run folder, TIMAR.pth or DualTalk.pth, or an address with the
            checksum of one that does not ship (docs/models.md); or a folder of `visavis export-onnx`, which is
            quickest; unset: the one that ships and reacts soonest.
        host: Where to listen: 127.0.0.1 for this machine alone, 0.0.0.0 for others, too.
        port: Of the address.
        token: What addresses must say as ?token=; unset: a new one where others can reach the server, else none.
        origins: Pages of other addresses that may connect, such as https://example.org.
        most: Conversations at once, of each replica; who comes then is told that it is busy.
        voice: Who speaks lines, as /models lists them; unset: the first that is installed.
        idle: Seconds after which a conversation ends in which nobody says anything.
        longest: Seconds that a conversation may last.
        seed: Another seed, another performance.
        precision: What large layers multiply in; of an exported model float32 or int8.
        engine: Here, or as replicas of Ray Serve on a cluster, at its address, RAY_ADDRESS or, without both, here.
        replicas: How many there are, with --engine ray; two numbers: the least and the most, as people come and go.
        drain: Seconds that conversations of a replica which is to end may go on.
    """
    from visavis.core.errors import VisavisError
    from visavis.wire.agents.configured import configured_agent
    from visavis.wire.server.preference import preferred_model
    from visavis.wire.server.run import serve as run
    from visavis.wire.server.settings import ServerSettings

    cluster = ray_address(engine)
    if cluster is None and replicas != (1,):
        raise VisavisError("--replicas are of a server on a Ray cluster; give --engine ray, too")
    if not 1 <= len(replicas) <= 2:
        raise VisavisError(f"{len(replicas)} numbers of replicas were given; give one, or the least and the most")
    agents = configured_agent(os.environ)
    chosen = preferred_model() if model is None else model
    settings = ServerSettings(
        model=chosen,
        host=host,
        port=port,
        token=token,
        origins=origins,
        most=most,
        voice=voice,
        idle_s=idle,
        longest_s=longest,
        seed=seed,
    )
    system = loaded_live(chosen, precision)
    if cluster is None:
        run(settings, system, _tell, agents)
        return
    from visavis.wire.server.replicas import Plan, ReplicaSettings, new_secret, serve_replicas

    several = ReplicaSettings(replicas[0], replicas[-1], drain)
    serve_replicas(
        Plan(settings, several, partial(loaded_live, chosen, precision), new_secret(), agents), cluster, _tell
    )


def _tell(address: str) -> None:
    print(f"visavis: talk at {address}", file=sys.stderr, flush=True)
