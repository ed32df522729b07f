from __future__ import annotations

import numpy as np

from visavis.wire.agents.agent import MOST_TOLD, Done, Heard, Mailbox, Sound, Speech, Trouble, Words

SOUND = Sound(np.zeros(3, np.float32), 16_000)


def test_what_is_told_is_taken_once_and_in_order() -> None:
    mail = Mailbox()
    number = mail.begin()
    told = [Heard("hello"), Words(number, "hi", 0.5), Speech(number, SOUND), Done(number)]
    assert all(mail.put(one) for one in told)
    assert mail.take() == told
    assert mail.take() == []


def test_of_what_was_withdrawn_nothing_more_is_told_but_of_what_comes_after() -> None:
    mail = Mailbox()
    old = mail.begin()
    mail.put(Heard("hello"))
    mail.put(Words(old, "hi", 0.5))
    mail.withdraw()
    assert not mail.put(Speech(old, SOUND))
    mail.put(Trouble("no"))
    new = mail.begin()
    assert new > old
    assert mail.put(Words(new, "yes", 0.5))
    assert mail.take() == [Heard("hello"), Trouble("no"), Words(new, "yes", 0.5)]


def test_it_does_not_grow_where_nobody_takes() -> None:
    mail = Mailbox()
    assert [mail.put(Trouble("no")) for _ in range(MOST_TOLD + 2)][-3:] == [True, False, False]
    assert len(mail.take()) == MOST_TOLD
    assert mail.put(Trouble("again"))
