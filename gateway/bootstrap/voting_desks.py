"""Votes, decisions and stewards: the part of the house for them.

Each service is made when it is first asked for, as in the rest of the house.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from functools import cached_property

from gateway.bootstrap.invoice_desks import InvoiceDesks
from gateway.fund.voting.decision import Kind
from gateway.services.ballot_box import BallotBox
from gateway.services.ratification import Ratification, RatifyTerms
from gateway.services.stewards import Stewards
from gateway.services.votes import Votes, VoteTerms

RATIFIED = {
    "tariffs": Kind.RATIFY_TARIFF,
    "policies": Kind.RATIFY_POLICY,
    "equivalence": Kind.RATIFY_EQUIVALENCE,
}


class VotingDesks(InvoiceDesks):
    """The services of votes, decisions and stewards, of one set-up."""

    @cached_property
    def stewards(self) -> Stewards:
        """Terms of stewards."""
        return Stewards(
            self.books, parties=self.identities, clock=self.clock, ids=self.ids
        )

    @cached_property
    def votes(self) -> Votes:
        """Votes and decisions."""
        told = self.settings.fund.voting
        return Votes(
            self.books,
            parties=self.identities,
            salts=self.identities,
            stewards=self.stewards,
            terms=VoteTerms(told.vested_hundredths_min, told.quorum_bp),
            clock=self.clock,
            ids=self.ids,
        )

    @cached_property
    def ballot_box(self) -> BallotBox:
        """What takes ballots."""
        return BallotBox(
            self.books,
            parties=self.identities,
            salts=self.identities,
            stewards=self.stewards,
            clock=self.clock,
            chance=secrets.randbelow,
        )

    @cached_property
    def ratification(self) -> Ratification:
        """What members have to say yes to."""
        told = self.settings.fund.voting
        terms = RatifyTerms(_kinds(told.ratify), _kinds(told.must_ratify))
        return Ratification(self.books.decisions, terms)


def _kinds(words: Iterable[str]) -> frozenset[Kind]:
    return frozenset(RATIFIED[word] for word in words)
