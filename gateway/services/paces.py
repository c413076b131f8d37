"""Paces: how fast a machine asks that says its name, from one place.

Rules may ask for it (`client.behaviour.rate`): who fetches a page because somebody
asked may read as that person would, as long as it goes at a person's pace. Nobody else
is watched: a browser's pace is looked at by no one, and whoever says no name is nobody.
Only that somebody is faster than a person can be is ever said: being slow proves
nothing.
"""

from __future__ import annotations

from gateway.classification.behaviour import Rate
from gateway.classification.evidence import at_rate
from gateway.classification.facts import Facts
from gateway.kernel.clock import NS_PER_S
from gateway.kernel.lately import Lately
from gateway.kernel.site import site_of
from gateway.metering.relief.history import READ_FOR_NS
from gateway.metering.relief.networks import Pseudonyms
from gateway.metering.relief.rolling import Rolling

WINDOW_S = 600
PAGES_MAX = WINDOW_S * NS_PER_S // READ_FOR_NS
"""A page every two seconds for ten minutes is more than a person reads."""
SUBJECTS_MAX = 50_000
HURRIED_MAX = 1_024
SPARED = frozenset(("person", "browser", "feed-reader"))


class Paces:
    """Pages of the last ten minutes, by the machine's name and where it asks from."""

    __slots__ = ("_hurried", "_pages", "_pseudonyms")

    def __init__(self, key: bytes) -> None:
        """Nobody came yet.

        Args:
            key: Of pseudonyms.
        """
        self._pseudonyms = Pseudonyms(key)
        self._pages = Rolling(window_s=WINDOW_S, entries_max=SUBJECTS_MAX)
        self._hurried: Lately[int, tuple[Facts, Facts]] = Lately(HURRIED_MAX)

    def subject_of(self, facts: Facts, client_ip: str) -> bytes:
        """Who is watched, as a digest; empty for whoever is not."""
        name = facts.word("client.agent")
        if name == "unknown" or facts.word("client.kind") in SPARED:
            return b""
        return self._pseudonyms.of(f"{name}|{site_of(client_ip)}")

    def came(self, subject: bytes, *, now_ns: int) -> None:
        """It asked for a page, whatever it was answered."""
        self._pages.add(subject, 1, now_ns=now_ns)

    def is_fast(self, subject: bytes, *, now_ns: int) -> bool:
        """Did it ask for more than a person can read?"""
        return self._pages.units(subject, now_ns=now_ns) > PAGES_MAX

    def seen(self, facts: Facts, client_ip: str, *, now_ns: int) -> Facts:
        """The facts as they are, or with how fast it asks; asking changes nothing."""
        subject = self.subject_of(facts, client_ip)
        if not subject or not self.is_fast(subject, now_ns=now_ns):
            return facts
        return self.hurried(facts)

    def hurried(self, facts: Facts) -> Facts:
        """The facts of whoever asks faster than a person; the same object again."""
        kept = self._hurried.get(id(facts))
        if kept is None or kept[0] is not facts:
            kept = (facts, at_rate(facts, Rate.MACHINE))
            self._hurried.keep(id(facts), kept)
        return kept[1]
