"""Sixty sentences about where two people are, and in which ranges anybody would take them; written before the grammar.

distance: between the heads, over the floor [m]. first, second: height of each head [m]. first_off, second_off: how far
beside a person's facing the other one is [deg], 0 = straight ahead, 180 = behind. turned: the angle between both
facings [deg], 180 = opposite.
"""

from __future__ import annotations

from dataclasses import dataclass

Range = tuple[float, float]
SEATED, STANDING, CHILD, ON_THE_FLOOR = (1.0, 1.35), (1.45, 1.85), (0.75, 1.3), (0.5, 1.05)
FACING, ALMOST, ABREAST = (0, 15), (0, 45), (0, 60)


@dataclass(frozen=True)
class Sentence:
    """What is said, and what may come of it; None: anything."""

    text: str
    distance: Range
    first: Range | None = None
    second: Range | None = None
    first_off: Range | None = None
    second_off: Range | None = None
    turned: Range | None = None


def both(
    text: str, distance: Range, height: Range | None = None, off: Range | None = None, turned: Range | None = None
) -> Sentence:
    return Sentence(text, distance, height, height, off, off, turned)


SENTENCES = (
    both("arguing across a table", (0.7, 1.5), SEATED, FACING),
    both("two friends sitting side by side on a sofa", (0.4, 0.95), SEATED, turned=ABREAST),
    both("They stand face to face, two metres apart.", (1.95, 2.05), STANDING, FACING),
    both("at arm's length", (0.5, 0.95)),
    both("6 feet apart, both standing", (1.8, 1.86), STANDING),
    both("whispering to each other", (0.3, 0.65)),
    both("shouting at each other from opposite ends of the room", (3, 8), off=FACING),
    both("an interviewer and a candidate on either side of a desk", (0.9, 2.2), SEATED, FACING),
    both("sitting at the corner of a table", (0.6, 1.3), SEATED, turned=(65, 115)),
    both("back to back", (0.3, 1.2), off=(165, 180)),
    Sentence("one standing behind the other", (0.4, 1.6), STANDING, STANDING, turned=(0, 15)),
    both("driver and passenger in a car", (0.5, 1.0), SEATED, turned=(0, 40)),
    both("walking together through the park", (0.45, 1.2), STANDING, turned=(0, 50)),
    both("on stage, both turned towards the audience", (0.9, 4), turned=(0, 120)),
    both("a video call", (0.4, 1.3), off=FACING),
    Sentence("a mother talking down to her little boy", (0.5, 1.6), STANDING, CHILD),
    Sentence("the first person stands over the second, who is sitting", (0.4, 1.4), STANDING, SEATED),
    Sentence("she sits and he stands", (0.6, 2.0), SEATED, STANDING),
    both("leaning in close over a small café table", (0.35, 0.9), SEATED, FACING),
    both("a couple cuddling on a bench", (0.3, 0.6), SEATED, turned=(0, 75)),
    both("three and a half feet between them", (1.0, 1.12)),
    both("150 cm apart at a right angle", (1.45, 1.55), turned=(80, 100)),
    both("sat opposite one another on a train", (0.8, 1.9), SEATED, FACING),
    both("far apart in a lecture hall", (2.5, 9)),
    both("strangers waiting at a bus stop, not looking at each other", (0.7, 2.6), off=(55, 180)),
    Sentence("a nurse standing beside a patient lying in bed", (0.4, 1.5), STANDING, (0.4, 1.05)),
    both("podcast hosts at a round table", (0.7, 2.0), SEATED, ALMOST),
    both("Two commentators next to one another behind a desk", (0.45, 1.3), SEATED, turned=ABREAST),
    Sentence("He is a metre in front of her, looking away", (0.95, 1.05), first_off=(110, 180)),
    both("a therapist in an armchair facing a client on a couch", (1.1, 2.8), SEATED, (0, 30)),
    both("playing chess", (0.6, 1.3), SEATED, FACING),
    both("nose to nose, furious", (0.3, 0.5), off=FACING),
    both("chatting over the garden fence", (0.7, 1.6), STANDING, FACING),
    Sentence("the left one sitting, the right one standing", (0.6, 2.0), SEATED, STANDING),
    both("both on bar stools at the counter, half turned to each other", (0.45, 1.2), (1.1, 1.6), turned=(35, 135)),
    both("a formal job interview", (1.2, 2.5), SEATED, ALMOST),
    both("lovers gazing into each other's eyes", (0.3, 0.65), off=FACING),
    Sentence("a tall man and a short woman standing", (0.6, 2.0), (1.62, 1.95), (1.35, 1.55)),
    both("ten feet apart", (3.0, 3.1)),
    both("diagonally across a table", (0.9, 2.2), SEATED, (0, 60)),
    Sentence("a teacher standing at the blackboard, a pupil sitting in the third row", (2, 7), STANDING, (0.75, 1.35)),
    both("a quarrel in the kitchen", (0.45, 1.4), off=(0, 20)),
    both("queueing, one behind the other", (0.4, 1.6), STANDING, turned=(0, 15)),
    both("sitting on the floor across from each other", (0.6, 1.9), ON_THE_FLOOR, FACING),
    both("half a metre apart, shoulder to shoulder", (0.48, 0.52), turned=(0, 30)),
    both("eighteen inches", (0.45, 0.47)),
    both("a reporter holding a microphone out to a politician", (0.45, 1.3), STANDING, (0, 50)),
    both("dancing a slow waltz", (0.3, 0.65), STANDING, (0, 30)),
    both("on a couch, turned 45 degrees towards each other", (0.4, 1.3), SEATED, turned=(60, 110)),
    Sentence(
        "the boss sits behind a big desk, the employee stands in front of it",
        (1.0, 2.6),
        SEATED,
        STANDING,
        FACING,
        FACING,
    ),
    both("calling to each other across the street", (4, 10)),
    Sentence(
        "a grandmother in a wheelchair and her granddaughter standing next to her", (0.35, 1.3), SEATED, (1.1, 1.85)
    ),
    both("sitting knee to knee", (0.4, 1.0), SEATED, FACING),
    both("confronting each other", (0.4, 1.25), off=FACING),
    Sentence("the woman looks at the man, the man looks away", (0.6, 2.2), first_off=FACING, second_off=(55, 180)),
    both("about a yard apart", (0.85, 0.98)),
    both("a relaxed chat between colleagues by the coffee machine", (0.7, 1.7), STANDING, (0, 60)),
    both("at opposite ends of a long dinner table", (1.7, 4.5), SEATED, FACING),
    both("a dinner date by candlelight", (0.6, 1.4), SEATED, (0, 50)),
    both("hugging", (0.3, 0.5), off=(0, 30)),
)

HELD_BACK = frozenset({0, 14, 15, 16, 18, 23, 26, 28, 30, 40, 42, 45, 54, 55, 58})
"""Numbers of the fifteen that the grammar was not tuned on: random.Random(16).sample(range(60), 15)."""
