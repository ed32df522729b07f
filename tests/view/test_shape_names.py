from __future__ import annotations

import time

import pytest

from visavis.core.builtin_spaces import ARKIT_WEIGHTS
from visavis.view.shape_names import arkit_name, camel_case, missing_names


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("eyeBlinkLeft", "EyeBlinkLeft"),
        ("eyeBlink_L", "EyeBlinkLeft"),
        ("EYE_BLINK_RIGHT", "EyeBlinkRight"),
        ("Face.eyeBlink_R", "EyeBlinkRight"),
        ("blendShape1.mouthSmile.L", "MouthSmileLeft"),
        ("EyeBlink.L", "EyeBlinkLeft"),
        ("L_browDown", "BrowDownLeft"),
        ("mouthLeft", "MouthLeft"),
        ("jawRight", "JawRight"),
        ("browInnerUp_L", "BrowInnerUp"),
        ("cheekPuff_R", "CheekPuff"),
        ("smile", None),
        ("PupilDilate_L", None),
        ("", None),
    ],
)
def test_usual_spellings_are_known(spelling: str, name: str | None) -> None:
    assert arkit_name(spelling) == name


def test_all_of_apples_and_unreals_spellings_are_told_apart() -> None:
    short = [name.replace("Left", "_L").replace("Right", "_R") for name in ARKIT_WEIGHTS]
    for spellings in (ARKIT_WEIGHTS, [camel_case(name) for name in ARKIT_WEIGHTS], short):
        assert [arkit_name(spelling) for spelling in spellings] == list(ARKIT_WEIGHTS)


def test_endless_names_take_no_time() -> None:
    long = "Group|" * 200_000
    began = time.process_time()
    assert arkit_name(long + "jawOpen") == "JawOpen"
    assert arkit_name("." * 1_000_000) is None
    assert time.process_time() - began < 1


def test_missing_names_keep_their_order() -> None:
    assert missing_names(ARKIT_WEIGHTS) == ()
    assert missing_names([name for name in ARKIT_WEIGHTS if name not in ("TongueOut", "JawOpen")]) == (
        "JawOpen",
        "TongueOut",
    )
