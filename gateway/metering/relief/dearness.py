"""Which pages are expensive, where nobody has said so: learned from the archive.

A shape of pages is dear while even the quicker quarter of its answers takes a tenth
of a second or more, and a tenth longer than the collection's quickest pages take now;
and that is four times as long, or an eighth of all the time that the archive works.
The first tells a search from an article; the last finds what a crowd has fallen upon
when everything is slow. What takes half of all the time is dear in any case.

Once some pages are known to be dear, others become so only if they take about as long:
pages that wait behind dear ones are slow, and cheap all the same.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from dataclasses import dataclass, field

from gateway.kernel.clock import NS_PER_S
from gateway.kernel.lately import Lately
from gateway.metering.relief.page_shape import parents_of

SHAPES_MAX = 1_024
SAMPLES = 32
KNOWN_AT = 12
DEAR_NS = NS_PER_S // 10
CHEAP_NS = NS_PER_S // 20
TIMES_BASE = 4
SHARE = 8
ABOUT_NUM, ABOUT_DEN = 4, 5
HALF_NS = 120 * NS_PER_S


@dataclass(slots=True)
class _Shape:
    samples: deque[int] = field(default_factory=deque)
    ordered: list[int] = field(default_factory=list)
    busy_ns: int = 0
    quick_ns: int = 0
    is_dear: bool = False

    def note(self, took_ns: int) -> None:
        samples, ordered = self.samples, self.ordered
        if len(samples) == SAMPLES:
            del ordered[bisect_left(ordered, samples.popleft())]
        samples.append(took_ns)
        insort(ordered, took_ns)
        self.busy_ns += took_ns
        self.quick_ns = ordered[len(ordered) // 4]

    @property
    def is_known(self) -> bool:
        return len(self.samples) >= KNOWN_AT


@dataclass(slots=True)
class _Site:
    shapes: Lately[str, _Shape] = field(default_factory=lambda: Lately(SHAPES_MAX))
    dear: set[str] = field(default_factory=set)
    base: str = ""
    base_ns: int = 0
    dear_ns: int = 0
    busy_ns: int = 0
    halved_ns: int = 0


class Dearness:
    """What is known of each collection's pages."""

    __slots__ = ("_sites",)

    def __init__(self) -> None:
        self._sites: dict[str, _Site] = {}

    def knows_any(self, collection: str) -> bool:
        """Is any page of the collection dear? Asked with every request."""
        site = self._sites.get(collection)
        return site is not None and bool(site.dear)

    def note(self, collection: str, shape: str, took_ns: int, *, now_ns: int) -> None:
        """A page of this shape took so long to the first byte."""
        site = self._sites.setdefault(collection, _Site())
        site.busy_ns += took_ns
        if now_ns - site.halved_ns > HALF_NS:
            self._halve(site, now_ns)
        for each in (shape, *parents_of(shape)):
            known = site.shapes.get(each) or site.shapes.keep(each, _Shape())
            known.note(took_ns)
            if known.is_known:
                self._judge(site, each, known)

    def is_dear(self, collection: str, shape: str) -> str:
        """The page class of a dear shape; empty where it is not dear.

        What is not known yet is judged as its parent is: a name that nobody has seen
        in a query makes no page cheap.
        """
        site = self._sites.get(collection)
        if site is None or not site.dear:
            return ""
        for each in (shape, *parents_of(shape)):
            known = site.shapes.get(each)
            if known is not None and known.is_known:
                return each if known.is_dear else ""
        return ""

    @staticmethod
    def _judge(site: _Site, name: str, known: _Shape) -> None:
        quick = known.quick_ns
        if not site.base or name == site.base or quick < site.base_ns:
            site.base, site.base_ns = name, quick
        if known.is_dear:
            known.is_dear = quick >= CHEAP_NS
        elif quick >= DEAR_NS and quick * ABOUT_DEN >= site.dear_ns * ABOUT_NUM:
            known.is_dear = _stands_out(site, known) or _is_all(site, known)
        if known.is_dear and (name in site.dear or not site.dear):
            site.dear_ns = quick
        if known.is_dear:
            site.dear.add(name)
        else:
            site.dear.discard(name)
            site.dear_ns = site.dear_ns if site.dear else 0

    @staticmethod
    def _halve(site: _Site, now_ns: int) -> None:
        """Yesterday's crowd is no argument today; what was forgotten is not dear."""
        site.halved_ns, site.busy_ns = now_ns, site.busy_ns // 2
        for name in list(site.dear):
            if site.shapes.get(name) is None:
                site.dear.discard(name)
        for known in site.shapes.values():
            known.busy_ns //= 2


def _stands_out(site: _Site, known: _Shape) -> bool:
    """It takes longer than what waits in the same line, and much of the time."""
    if known.quick_ns - site.base_ns < DEAR_NS:
        return False
    is_slower = known.quick_ns >= TIMES_BASE * site.base_ns
    return is_slower or known.busy_ns * SHARE >= site.busy_ns


def _is_all(site: _Site, known: _Shape) -> bool:
    """Nothing else is known to be dear, and the archive does little else."""
    return not site.dear and known.busy_ns * 2 >= site.busy_ns
