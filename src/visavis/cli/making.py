"""Commands that make motion: demo, generate, convert, convert-checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from visavis.cli.shared import Folder, History, Model, Outputs, Precision, SpeechEncoder, bar, drawn_as, warn
from visavis.core.errors import VisavisError
from visavis.system import DEFAULT_MODEL


def demo(*, out: Folder = Path("visavis-demo")) -> None:
    """Everything with what ships inside: motion, film and plot of a short conversation.

    Args:
        out: Folder for the results.
    """
    from visavis.system.shipped import load
    from visavis.view.demo import run_demo

    with bar("filming") as progress:
        report = run_demo(load(DEFAULT_MODEL), out, progress)
    for path in report.files:
        print(path)
    print(f"{report.seconds:.1f} s of motion in {report.wall_s:.2f} s: {report.speed:.0f} times faster than real time")


def generate(
    user: Annotated[Positional[Path], arg(metavar="USER.wav")],
    agent: Annotated[Positional[Path], arg(metavar="AGENT.wav")],
    /,
    *,
    out: Outputs,
    user_motion: Annotated[Path | None, arg(metavar="F")] = None,
    model: Model = DEFAULT_MODEL,
    speech_encoder: SpeechEncoder = None,
    context: Annotated[int | None, arg(metavar="TURNS")] = None,
    history: History = None,
    precision: Precision = None,
    steps: Annotated[int | None, arg(metavar="N")] = None,
    guidance: Annotated[float, arg(metavar="S")] = 1.0,
    temperature: Annotated[float, arg(metavar="T")] = 1.0,
    seed: Annotated[int, arg(metavar="N")] = 0,
) -> None:
    """Two voices in, the agent's talking and listening head out.

    Args:
        user: The user's voice, a sound file of any rate and channel count.
        agent: The agent's voice.
        out: Files to write: .npz, .npy, .csv (Live Link Face), .glb, .bvh, .usd, .mp4.
        user_motion: The user's recorded motion: .npz, .npy or .csv.
        model: A model's name (see `visavis models`), run folder, TIMAR.pth or DualTalk.pth.
        speech_encoder: Hub name or folder of the wav2vec 2.0 that the model hears with; unset: as its recipe says.
        context: Turns of the past that the model sees; unset: as trained.
        history: Recompute the window each turn (exact) or keep keys and values (cached); unset: as the model says.
        precision: What large layers multiply in, with weights packed for this processor; unset: float32 as trained.
        steps: Denoising steps; unset: as the model says.
        guidance: How strongly to follow the user; 1 is plain.
        temperature: Scale of the noise; lower is calmer.
        seed: Another seed, another performance.
    """
    from visavis.view.outputs import Take, require_outputs, write_outputs

    require_outputs(out)
    from visavis.data.inputs import read_inputs
    from visavis.system.shipped import load

    system = drawn_as(load(model, speech_encoder), history, precision)
    require_outputs(out, system.space)
    given = read_inputs(user, agent, user_motion, system.space)
    for note in given.notes:
        warn(note)
    with bar("generating") as progress:
        motion = system.generate(
            given.user_speech,
            given.agent_speech,
            given.user_motion,
            context=context,
            steps=steps,
            guidance=guidance,
            temperature=temperature,
            seed=seed,
            progress=progress,
        )
    with bar("filming") as progress:
        write_outputs(out, Take(motion, given.agent_speech), Take(given.user_motion, given.user_speech), progress)


def convert(
    motion: Annotated[Positional[Path], arg(metavar="MOTION")],
    /,
    *,
    out: Outputs,
    audio: Annotated[Path | None, arg(metavar="F.wav")] = None,
    partner: Annotated[Path | None, arg(metavar="F")] = None,
    partner_audio: Annotated[Path | None, arg(metavar="F.wav")] = None,
) -> None:
    """Motion from one file format to others.

    Args:
        motion: .npz, .npy or .csv.
        out: Files to write: .npz, .npy, .csv (Live Link Face), .glb, .bvh, .usd, .mp4.
        audio: The voice for a film.
        partner: The motion of a second head in the film.
        partner_audio: The second head's voice.
    """
    from visavis.data.motion_files import read_motion
    from visavis.data.sound import read_sound
    from visavis.view.outputs import Take, require_outputs, write_outputs

    require_outputs(out)
    moves = read_motion(motion)
    require_outputs(out, moves.space)
    voice, partner_voice = (None if path is None else read_sound(path) for path in (audio, partner_audio))
    agent = Take(moves, voice)
    user = None
    if partner is not None or partner_voice is not None:
        user = Take(None if partner is None else read_motion(partner), partner_voice)
    with bar("filming") as progress:
        write_outputs(out, agent, user, progress)


def convert_checkpoint(
    checkpoint: Annotated[Positional[Path], arg(metavar="IN")],
    out: Annotated[Positional[Path], arg(metavar="OUT")],
    /,
    *,
    speech_encoder: SpeechEncoder = None,
) -> None:
    """A published checkpoint as a model folder of our own: recipe.json and model.safetensors.

    Args:
        checkpoint: TIMAR.pth or DualTalk.pth.
        out: Folder to make.
        speech_encoder: Hub name or folder of the wav2vec 2.0 that the model hears with; unset: as published.
    """
    from visavis.system.folder import save_system
    from visavis.system.shipped import load

    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise VisavisError(f"{out} is there already and not an empty folder; choose another place")
    system = load(checkpoint, speech_encoder)
    save_system(system, out)
    print(out)
