"""An agreement: an accepted offer, with dates and a pinned tariff version."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.kernel.use import Commercial, Use


class Settling(StrEnum):
    """How an agreement is settled."""

    PREPAID = "prepaid"
    INVOICED = "invoiced"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Agreement:
    """What was accepted.

    Attributes:
        id: `agr_…`.
        party_id: The party that accepted it.
        tariff: The tariff's id.
        tariff_version: Pinned until the agreement ends.
        currency: ISO 4217.
        settling: Prepaid until an entity fact is verified; invoiced; or test.
        uses: What the copies are for; empty means the use is not narrowed.
        commercial: Whether the use seeks economic advantage.
        collections: Collection ids; empty means all.
        starts_us: From when, microseconds UTC.
        ends_us: Until when (exclusive); None while open.
        cap_minor: Money cap per calendar month, minor units; None for none.
        terms_sha256: Hex digest of the offer document that was accepted.
        is_barter: Contributions are supplies of their own, set off with VAT both
            ways; otherwise they reduce the price.
    """

    id: str
    party_id: str
    tariff: str
    tariff_version: int
    currency: str
    settling: Settling = Settling.PREPAID
    uses: frozenset[Use] = field(default_factory=frozenset)
    commercial: Commercial = Commercial.DIRECT
    collections: frozenset[str] = field(default_factory=frozenset)
    starts_us: int = 0
    ends_us: int | None = None
    cap_minor: int | None = None
    terms_sha256: str = ""
    is_barter: bool = False

    def is_in_force(self, at_us: int) -> bool:
        """Is the agreement in force at that instant?"""
        ended = self.ends_us is not None and at_us >= self.ends_us
        return self.starts_us <= at_us and not ended

    def covers(self, collection: str) -> bool:
        """Does it cover a collection?"""
        return not self.collections or collection in self.collections


def is_about_the_same(one: Agreement, other: Agreement) -> bool:
    """Would one stand in the other's place: the same collections, the same tariff?"""
    is_kind_same = (one.settling is Settling.TEST) == (other.settling is Settling.TEST)
    return (
        one.party_id == other.party_id
        and one.collections == other.collections
        and one.tariff == other.tariff
        and is_kind_same
    )


def heirs_of(agreement: Agreement, known: Iterable[Agreement]) -> tuple[Agreement, ...]:
    """What took an agreement's place when it ended, and what took the place of that.

    Args:
        agreement: Which.
        known: All agreements of its party.

    Returns:
        The nearest first; none while it is in force, or where it simply ended.
    """
    others, found = tuple(known), [agreement]
    while found[-1].ends_us is not None:
        last = found[-1]
        after = (
            one
            for one in others
            if one not in found
            and one.starts_us == last.ends_us
            and is_about_the_same(one, last)
        )
        heir = next(after, None)
        if heir is None:
            break
        found.append(heir)
    return tuple(found[1:])


def newest_in_force(
    agreements: Iterable[Agreement], collection: str, *, at_us: int, is_test: bool
) -> Agreement | None:
    """The newest agreement that covers a collection at an instant.

    Args:
        agreements: Of one party, oldest first.
        collection: The collection's id.
        at_us: At which instant.
        is_test: A test key prefers a test agreement; other keys never use one.
    """
    newest: Agreement | None = None
    for each in agreements:
        if not (each.is_in_force(at_us) and each.covers(collection)):
            continue
        if each.settling is not Settling.TEST:
            # A later agreement counts, but never against a test one for a test key.
            if not (is_test and newest and newest.settling is Settling.TEST):
                newest = each
        elif is_test:
            newest = each
    return newest
