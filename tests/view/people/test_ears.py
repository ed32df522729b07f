from __future__ import annotations

from visavis.view.people.ears import ear
from visavis.view.people.form import COMMON, head_form


def test_an_ear_stands_at_the_side_rooted_in_the_head_with_a_hollow() -> None:
    made = ear((0.9, 0.7, 0.6), (0.5, 0.3, 0.2))
    distance = head_form(COMMON)(made.points)
    rows = distance.reshape(14, -1)
    assert (rows[0] < 0.2).mean() > 0.9, "its root lies in the head"
    assert distance.max() > 0.8
    assert rows[-1].mean() < rows[4].mean() - 0.3, "its middle is hollow"
    assert made.points[:, 0].min() > 5
