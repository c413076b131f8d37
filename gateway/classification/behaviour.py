"""What was observed of a requester, as values; who observes is not our business."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Rate(StrEnum):
    """How fast somebody asks, compared with what one person can do."""

    HUMAN = "human"
    MACHINE = "machine"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What the last minutes showed.

    Attributes:
        rate: `unknown` while nobody has counted.
        has_history: Its address read here as people do, or revalidated.
        read_robots: Its address was given robots.txt.
        breaks_robots: It says its name, and robots.txt asks it to leave this page.
        is_of_crowd: Many networks ask in its manner.
        crowd_trips: And some of them followed a link that no reader sees.
    """

    rate: Rate = Rate.UNKNOWN
    has_history: bool = False
    read_robots: bool = False
    breaks_robots: bool = False
    is_of_crowd: bool = False
    crowd_trips: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """How much of everything taken in the last 12 months went to one party.

    Attributes:
        permille: Of the metered bytes, in thousandths, rounded down.
        takers: Among how many parties that took anything.
    """

    permille: int
    takers: int


UNOBSERVED = Behaviour()
