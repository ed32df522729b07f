from __future__ import annotations

from dataclasses import replace

import numpy as np

from visavis.core.clock import samples_in
from visavis.view.film.captions import CAPTIONS_HEIGHT, Caption, Captions, dark
from visavis.view.plot.state_colours import screen_colour, state_colours
from visavis.view.render.stage import Seat

FRAMES = 100
TEAL, ORANGE = (0.13, 0.50, 0.55), (0.90, 0.54, 0.22)


def talk(start: int, stop: int) -> np.ndarray:
    voice = np.random.default_rng(0).normal(0, 1e-4, samples_in(FRAMES)).astype(np.float32)
    voice[samples_in(start) : samples_in(stop)] *= 3000
    return voice


def drawn(frame: int, *captions: Caption, width: int = 480) -> np.ndarray:
    place = np.zeros((CAPTIONS_HEIGHT, width, 3), np.uint8)
    Captions(captions).draw(frame, place)
    return place.astype(int)


LEFT, RIGHT = Seat(0, 240), Seat(240, 240)
ANN, BEN = Caption("Ann", TEAL, LEFT, talk(20, 40)), Caption("Ben", ORANGE, RIGHT, talk(60, 80))


def coloured(picture: np.ndarray) -> float:
    return float((np.ptp(picture, axis=-1) > 60).mean())


def test_the_name_of_who_speaks_is_lit() -> None:
    plates = [[coloured(drawn(frame, ANN, BEN)[:, left : left + 80]) for left in (0, 240)] for frame in (5, 30, 70)]
    assert plates[0] == [0, 0]
    assert plates[1][0] > 0.3
    assert plates[1][1] == 0
    assert plates[2][0] == 0
    assert plates[2][1] > 0.3


def test_the_meter_moves_to_the_left() -> None:
    meters = [drawn(frame, ANN)[11:15, 100:] for frame in (42, 60)]
    ends = [np.flatnonzero((np.ptp(meter, axis=-1) > 30).any(axis=0)).max() for meter in meters]
    assert ends[0] > ends[1] + 20


def test_white_letters_can_be_read_on_any_colour() -> None:
    for colour in ((1.0, 1.0, 0.9), ORANGE, TEAL):
        assert np.mean(dark(colour)) < 0.45
    assert dark(TEAL) == TEAL


def test_long_names_and_narrow_seats_keep_to_themselves() -> None:
    long = Caption("a name of more letters than anybody reads", TEAL, Seat(0, 120), talk(0, 90))
    picture = drawn(30, long, Caption("B", ORANGE, Seat(120, 120), None), width=240)
    alone = drawn(30, Caption("B", ORANGE, Seat(120, 120), None), width=240)
    np.testing.assert_array_equal(picture[:, 120:], alone[:, 120:])


def test_who_is_not_heard_has_a_name_without_a_meter() -> None:
    picture = drawn(30, Caption("Cat", TEAL, LEFT, None))
    assert (picture[:, :100].max(-1) < 120).any()
    assert (picture[:, 100:240] > 245).all()


def test_the_state_of_the_moment_is_named_beside_the_name() -> None:
    state = np.array(["waiting"] * 20 + ["being interrupted"] * 20)
    told = replace(ANN, state=state)
    waits, stopped, after = (drawn(frame, told)[:, 70:240] for frame in (5, 25, 99))
    assert not np.array_equal(waits, drawn(5, ANN)[:, 70:240])
    colours = state_colours(state)
    grey, pink = (np.round(255 * np.array(screen_colour(colours[name]))) for name in ("waiting", "being interrupted"))
    for picture, colour in ((waits, grey), (stopped, pink), (after, pink)):
        assert (np.abs(picture[:, 20:60] - colour).max(-1) < 12).sum() > 20
    np.testing.assert_array_equal(drawn(5, told)[:, :70], drawn(5, ANN)[:, :70])


def test_a_state_without_room_is_left_out() -> None:
    narrow = Caption("Ann", TEAL, Seat(0, 100), None)
    told = replace(narrow, state=np.array(["being interrupted"] * FRAMES))
    np.testing.assert_array_equal(drawn(5, told), drawn(5, narrow))
    cut = replace(told, seat=Seat(0, 160))
    assert (drawn(5, cut)[:, 160:] > 245).all()
    assert not np.array_equal(drawn(5, cut), drawn(5, narrow))
