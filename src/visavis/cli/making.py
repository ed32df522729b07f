"""Commands that make motion: demo, generate, convert, convert-checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import Positional, arg

from visavis.cli.generate_outputs import generate_agent, generate_both, read_talk, require_recordings
from visavis.cli.shared import (
    Camera,
    Folder,
    History,
    ModelOrNone,
    Outputs,
    Precision,
    SpeechEncoder,
    bar,
    loaded,
    tell,
    warn,
)
from visavis.core.conversation import Person
from visavis.core.errors import VisavisError
from visavis.system import DEFAULT_MODEL, ROOM_MODEL


def demo(*, out: Folder = Path("visavis-demo")) -> None:
    """Everything with what ships inside: motion, film, player and plot of a short conversation.

    What needs an extra that is not installed is left out and named.

    Args:
        out: Folder for the results.
    """
    from visavis.system.shipped import load
    from visavis.view.demo import run_demo

    with bar("filming") as progress:
        report = run_demo(load(DEFAULT_MODEL), out, progress)
    for path in report.files:
        print(path)
    for path, reason in report.left_out.items():
        tell(f"{path} is left out: {reason}")
    print(f"{report.seconds:.1f} s of motion in {report.wall_s:.2f} s: {report.speed:.0f} times faster than real time")


def generate(
    user: Annotated[Positional[Path], arg(metavar="USER.wav|MIX.wav|FIRST.wav")],
    agent: Annotated[Positional[Path | None], arg(metavar="[AGENT.wav|SECOND.wav]")] = None,
    /,
    *,
    out: Outputs,
    layout: Annotated[str | None, arg(metavar="TEXT|F.json")] = None,
    masks: Annotated[Path | None, arg(metavar="F.rttm")] = None,
    tracks: bool = False,
    user_motion: Annotated[Path | None, arg(metavar="F")] = None,
    partner: Annotated[Literal["animated", "still"] | None, arg(name="user")] = None,
    model: ModelOrNone = None,
    speech_encoder: SpeechEncoder = None,
    context: Annotated[int | None, arg(metavar="TURNS")] = None,
    history: History = None,
    precision: Precision = "float32",
    steps: Annotated[int | None, arg(metavar="N")] = None,
    guidance: Annotated[float | None, arg(metavar="S")] = None,
    temperature: Annotated[float | None, arg(metavar="T")] = None,
    seed: Annotated[int, arg(metavar="N")] = 0,
    camera: Camera = None,
) -> None:
    """Two voices in, two talking and listening heads out; or one recording of two people in, both heads out.

    Args:
        user: The user's voice, a sound file of any rate and channel count; .m4a and .mp4, too, where PyAV is. Or, for
            models that move both, the recording of both people, or of the first.
        agent: The agent's voice; or that of the second person.
        out: Files to write: .npz, .npy, .csv (Live Link Face), .flame.npz (DualTalk), .glb, .bvh, .usd, .usda, .usdc,
            .html (a player), .mp4 (a film), .png (a plot over time), .groups.png (statistics), .sheet.png (frames).
            Films, players, plots and sheets show both people, a .glb shows all who are in one room; the others hold the
            agent's motion, or, of one recording of two, are written as F_first and F_second.
        layout: Where the two people of MIX.wav are, in words ("arguing across a table") or a file of positions and
            facings; unset: seated face to face.
        masks: Who speaks when in MIX.wav; the first person is the one whose name in it sorts first. Unset: it is heard.
        tracks: The two channels of MIX.wav are the two people.
        user_motion: The user's recorded motion: .npz, .npy or .csv, or an animated .glb, .gltf or .vrm.
        partner: A user without motion is animated by the same model, each seeing what the other does (the default);
            or stays still, and the agent sees nobody: twice as fast and more.
        model: A model's name (see `visavis models`), run folder, TIMAR.pth or DualTalk.pth, or an address with the
            checksum of one that does not ship (docs/models.md). Unset: timar-small, and together-small for one
            recording of two people, or with --layout.
        speech_encoder: Hub name or folder of the wav2vec 2.0 that the model hears with; unset: as its recipe says.
        context: Turns of the past that the model sees; unset: as trained.
        history: Recompute the window each turn (exact) or keep keys and values (cached); unset: as the model says.
        precision: What large layers multiply in, with weights packed for this processor.
        steps: Denoising steps; unset: as the model says.
        guidance: How strongly to follow the user, 1 is plain; unset: as the model says.
        temperature: Scale of the noise, lower is calmer; unset: as the model says.
        seed: Another seed, another performance.
        camera: Both in one room, filmed by a camera that sees both (fixed), over the shoulder of the first or the
            second person, or cutting to the speaker. Of one recording of two both are in one room anyway, where the
            model says where.
    """
    from visavis.cli.convert_options import require_used
    from visavis.view.outputs import described, require_outputs, write_each
    from visavis.view.presentation import RoomCamera, Style

    require_outputs(out)
    require_used(out, {"--camera": camera})
    from visavis.cli.layouts import asked_layout
    from visavis.system.request import require_room

    both = agent is None or layout is not None
    system = loaded(model or (ROOM_MODEL if both else DEFAULT_MODEL), precision, history, speech_encoder)
    require_outputs(out, system.space)
    require_recordings(system, user, agent)
    together = len(system.interface.people) > 1
    if tracks and (not together or agent is not None):
        raise VisavisError("--tracks takes the channels of one recording of two people, MIX.wav; leave it out")
    if partner is not None and (user_motion is not None or together):
        moved = "of one recording both people move" if together else "--user-motion says how the user moves"
        raise VisavisError(f"{moved}; leave --user {partner} out")
    given = [name for name, path in (("masks", masks), ("user_motion", user_motion)) if path is not None]
    system.interface.require_inputs(given, system.config.name)
    if layout is not None:
        require_room(system.config.name, system.interface)
    system = system.with_options(context=context, steps=steps, guidance=guidance, temperature=temperature)
    room = None if layout is None else asked_layout(layout)
    with bar("generating") as progress:
        if together:
            outputs = generate_both(system, read_talk(user, agent, tracks, masks), room, out, seed, progress)
        else:
            assert agent is not None
            outputs = generate_agent(system, user, agent, user_motion, partner != "still", out, seed, progress)
    with bar("filming") as progress:
        write_each(outputs, Style(camera=None if camera is None else RoomCamera(camera), fit=True), progress)
    for one in outputs:
        print(described(one.path, one.presentation))


def convert(
    motion: Annotated[Positional[Path], arg(metavar="MOTION")],
    /,
    *,
    out: Outputs,
    audio: Annotated[Path | None, arg(metavar="F.wav")] = None,
    partner: Annotated[Path | None, arg(metavar="F")] = None,
    partner_audio: Annotated[Path | None, arg(metavar="F.wav")] = None,
    truth: Annotated[Path | None, arg(metavar="F")] = None,
    beside: Annotated[tuple[Path, ...], arg(metavar="F [F ...]")] = (),
    labels: Annotated[tuple[str, ...], arg(metavar="NAME [NAME ...]")] = (),
    fps: Annotated[float | None, arg(metavar="N")] = None,
    space: Annotated[str | None, arg(metavar="NAME")] = None,
    flame: Annotated[Path | None, arg(metavar="F")] = None,
    partly: bool = False,
    head: Annotated[Path | None, arg(metavar="F")] = None,
    partner_head: Annotated[Path | None, arg(metavar="F")] = None,
    room: bool = False,
    camera: Camera = None,
    strip: bool = False,
    fit: bool = False,
) -> None:
    """Motion from one file format to others; films, players and plots of it.

    Args:
        motion: .npz, .npy or .csv, or an animated .glb, .gltf or .vrm.
        out: Files to write: .npz, .npy, .csv (Live Link Face), .flame.npz (DualTalk), .glb, .bvh, .usd, .usda, .usdc,
            .html (a player), .mp4 (a film), .png (a plot over time), .groups.png (statistics), .sheet.png (frames).
        audio: The voice.
        partner: The motion of a second person.
        partner_audio: The second person's voice.
        truth: What the person really did: films, plots and sheets compare with it.
        beside: The same performance by other models, to be compared.
        labels: Names to show: of MOTION and then of each in --beside; or of the partner after MOTION.
        fps: Frames a second of what is written; unset: as MOTION is, and 25 of films, which may have 50.
        space: Convert MOTION to this motion space, such as flame56 or arkit61.
        flame: Your own FLAME file, which explains flame56's codes; needs --head with an ARKit head to match them to.
        partly: Without FLAME convert jaw and head alone, the face at rest.
        head: Whose head to show: .glb, .gltf, .vrm, ICT-FaceKit (folder or .npz) or FLAME (.pkl or .npz);
            unset: our own.
        partner_head: The second person's.
        room: Both in one room instead of side by side; where both motions say where they are, they always are.
        camera: That room by a camera that sees both (fixed), over the shoulder of who is in MOTION (first) or of the
            partner (second), or cutting to the speaker.
        strip: Who spoke and nodded in the last seconds, below a film.
        fit: Cut a voice that is longer than its motion, and fill a shorter one with silence.
    """
    from visavis.cli.convert_options import converted, named, require_used, style_of, unseen
    from visavis.data.sound import read_sound
    from visavis.view.outputs import described, require_outputs, write_outputs
    from visavis.view.sources import read_source

    require_outputs(out)
    shown: dict[str, object] = {
        "--audio": audio,
        "--partner": partner,
        "--partner-audio": partner_audio,
        "--truth": truth,
    }
    shown |= {
        "--room": room,
        "--camera": camera,
        "--strip": strip,
        "--fit": fit,
        "--beside": beside,
        "--labels": labels,
    }
    shown |= {"--head": head if flame is None else None, "--partner-head": partner_head}
    require_used(out, shown)
    style = style_of(head, partner_head, fps, room, camera, strip, fit)
    moves = converted(read_source(motion), space, flame, partly, style.head)
    require_outputs(out, moves.space, style)
    if note := unseen(style.head, moves):
        warn(note)
    voice, partner_voice = (None if path is None else read_sound(path) for path in (audio, partner_audio))
    user = None
    if partner is not None or partner_voice is not None:
        user = Person(partner_voice, None if partner is None else read_source(partner))
    others = [read_source(path, moves.space) for path in beside]
    true = None if truth is None else read_source(truth, moves.space)
    presentation = named(Person(voice, moves), user, true, others, labels, motion, beside)
    with bar("filming") as progress:
        write_outputs(out, presentation, style, progress)
    for path in out:
        print(described(path, presentation, style))


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
    from visavis.system.shipped import load_trainable

    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise VisavisError(f"{out} is there already and not an empty folder; choose another place")
    save_system(load_trainable(checkpoint, speech_encoder), out)
    print(out)
