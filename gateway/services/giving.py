"""Giving: what the books say of one party, for whoever decides about its requests.

Read for parties that ask, beside their agreements and as often (`agreement_book`). The
shares of all takers are added up seldom, apart from any request: `take_stock`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from gateway.classification.behaviour import Share
from gateway.classification.given import Given
from gateway.fund.ports import Books
from gateway.identity.party import Party
from gateway.kernel.clock import US_PER_S, Clock
from gateway.kernel.period import Period
from gateway.metering.taken import Takings, shares
from gateway.reciprocity.notice import notice_days
from gateway.reciprocity.openness import opened
from gateway.reciprocity.standing import WINDOW_US, whole_credits
from gateway.services.offsets import Offsets
from gateway.services.standings import Standings

STOCK_US = 3_600 * US_PER_S
"""How old the shares of all takers may be."""


@dataclass(frozen=True, slots=True)
class Stock:
    """Who took how much.

    Attributes:
        shares: By beneficial owner.
        at_us: As of when.
    """

    shares: Mapping[str, Share]
    at_us: int


class Owners(Protocol):
    """Who the parties are, and whose."""

    def find_party(self, party_id: str) -> Party | None:
        """A party by its id."""

    def parties_of_owner(self, owner_id: str) -> tuple[Party, ...]:
        """The parties of one beneficial owner, by id."""


@dataclass(slots=True)
class Giving:
    """Reads what a party gave, proved and took.

    Attributes:
        books: All books.
        parties: Whose they are.
        standings: What is left to spend.
        offsets: What settles in kind.
        takings: What everybody took.
        clock: When.
    """

    books: Books
    parties: Owners
    standings: Standings
    offsets: Offsets
    takings: Takings
    clock: Clock
    _stock: Stock | None = None

    def take_stock(self) -> None:
        """Add up who took how much of everything in the last 12 months; blocking.

        Raises:
            Unavailable: the store cannot be asked.
        """
        self._stock = Stock(self.shares(), self.clock.now_us())

    def shares(self) -> Mapping[str, Share]:
        """The share of each beneficial owner, as the books stand now."""
        now_us = self.clock.now_us()
        taken = self.takings.takings(Period(now_us - WINDOW_US, now_us))
        return shares(taken, self.owner_of)

    def given(self, party_id: str) -> Given:
        """What the books say of a party; blocking.

        Raises:
            Unavailable: the store cannot be asked.
        """
        now_us, owner_id = self.clock.now_us(), self.owner_of(party_id)
        claims = self.books.contributions.of_party(party_id)
        proofs = self.books.openness.of_party(party_id)
        return Given(
            standing=whole_credits(self.standings.left_of(party_id, claims)),
            has_offset=self._has_offset(owner_id, now_us),
            opened=opened(proofs, at_us=now_us),
            share=self._share(owner_id, now_us),
            notice_days=notice_days(
                self.books.notices.of_owner(owner_id), at_us=now_us
            ),
        )

    def owner_of(self, party_id: str) -> str:
        """The beneficial owner of a party; itself where it is not known."""
        found = self.parties.find_party(party_id)
        return found.beneficial_owner_id if found else party_id

    def _share(self, owner_id: str, now_us: int) -> Share | None:
        if self._stock is None or now_us - self._stock.at_us > STOCK_US:
            self.take_stock()
        return self._stock.shares.get(owner_id) if self._stock else None

    def _has_offset(self, owner_id: str, now_us: int) -> bool:
        """Work of any party of the same owner settles for each of them."""
        return any(
            self.offsets.has_left(
                self.books, self.books.contributions.of_party(each.id), at_us=now_us
            )
            for each in self.parties.parties_of_owner(owner_id)
        )
