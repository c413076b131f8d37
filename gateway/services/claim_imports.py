"""Imports: work that was found elsewhere becomes claims, each once, or none at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gateway.billing.ports import PartyBook
from gateway.fund.ports import Books
from gateway.identity.party import Party, folded
from gateway.kernel.clock import Clock
from gateway.kernel.evidence import Level
from gateway.kernel.ids import IdSource
from gateway.reciprocity.contribution import NOBODY, Claim, Kind
from gateway.reciprocity.found_work import (
    FoundWork,
    Placed,
    assert_unlike,
    each_once,
    is_bot,
    within_days,
)
from gateway.services.contributions import Contributions

PartyOf = Mapping[str, str]
"""From an author, without case and spaces, to a party's id."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of found work.

    Attributes:
        claims: New claims, in the order of their work.
        known: How many were claimed before.
        over: How many a person's day had no room for.
        unknown: Authors nobody knows, and how many changes each made, most first.
        bots: How many changes machines made.
    """

    claims: tuple[Claim, ...]
    known: int
    over: int
    unknown: tuple[tuple[str, int], ...]
    bots: int


def authors_of(parties: Iterable[Party], told: PartyOf) -> PartyOf:
    """Who stands behind which author.

    An e-mail address counts where somebody verified it or vouches for it: else anybody
    could collect another's work by claiming their address.

    Args:
        parties: Everybody.
        told: What the steward says, author to party id; goes before any e-mail.
    """
    known = {
        folded(str(email.value)): party.id
        for party in parties
        if (email := party.attributes.get("email")) is not None
        and email.level >= Level.VERIFIED
        and party.erased_us is None
    }
    return {**known, **{folded(author): who for author, who in told.items()}}


class ClaimImports:
    """Takes found work into the books."""

    def __init__(
        self, books: Books, *, parties: PartyBook, clock: Clock, ids: IdSource
    ) -> None:
        self._books = books
        self._parties = parties
        self._clock = clock
        self._ids = ids

    def take(
        self,
        found: Iterable[FoundWork],
        party_of: PartyOf,
        *,
        kind: Kind,
        paid_by: str = NOBODY,
    ) -> Imported:
        """Claim what was found; the same again changes nothing.

        Machines' changes and those of authors nobody knows are left out; nobody's day
        counts for more than its limit. What one person did at one instant under one
        title is one change, whatever its name: a commit that was rebased or picked
        into another branch, a wiki that answers to two names.

        Args:
            found: Changes.
            party_of: See `authors_of`.
            kind: What kind of work they are.
            paid_by: Who paid for it, or `none`.

        Raises:
            InvalidValue: two changes have the same name, or a claim cannot be.
            NotFound: an author is mapped to a party that is not there.
        """
        changes = tuple(found)
        assert_unlike(changes)
        unknown: Counter[str] = Counter()
        placed: list[Placed] = []
        bots = 0
        for each in changes:
            party_id = party_of.get(folded(each.author))
            if party_id is not None:  # whom the steward names is no machine
                placed.append(Placed(each, party_id, kind, paid_by))
            elif is_bot(each.author):
                bots += 1
            else:
                unknown[each.author] += 1
        once = each_once(placed)
        kept = within_days(once)
        with self._books.reading() as books:
            before = {
                (one.party_id, one.done_us, one.title)
                for one in (each.claim for each in books.contributions.all())
                if one.origin
            }
        new = [each for each in kept if each.doing not in before]
        claims, known = self._claimed(new)
        return Imported(
            claims,
            known + len(placed) - len(once) + len(kept) - len(new),
            over=len(once) - len(kept),
            unknown=tuple(unknown.most_common()),
            bots=bots,
        )

    def take_rows(self, placed: Iterable[Placed]) -> Imported:
        """Claim rows that say themselves what they weigh; all of them or none.

        Raises:
            InvalidValue: a claim that cannot be.
            NotFound: a party that is not there.
        """
        claims, known = self._claimed(placed)
        return Imported(claims, known, over=0, unknown=(), bots=0)

    def _claimed(self, placed: Iterable[Placed]) -> tuple[tuple[Claim, ...], int]:
        """New claims, and how many were made before."""
        made: dict[str, Claim] = {}
        known = 0
        with self._books.together() as books:
            before = books.contributions.origins()
            claims = Contributions(
                books.contributions,
                parties=self._parties,
                clock=self._clock,
                ids=self._ids,
            )
            for each in placed:
                origin = f"{each.work.origin}/{each.party_id}"
                if origin in before or origin in made:
                    known += 1
                    continue
                made[origin] = claims.claim(
                    each.party_id,
                    each.kind,
                    title=each.work.title,
                    evidence=each.work.evidence,
                    weight_hundredths=each.work.weight_hundredths,
                    paid_by=each.paid_by,
                    done_us=each.work.done_us,
                    origin=origin,
                )
        return tuple(made.values()), known
