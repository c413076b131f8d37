"""Harm: entered by a steward, appealed by the organisation, heard by another."""

from __future__ import annotations

from gateway.billing.ports import PartyBook
from gateway.fund.ports import Books
from gateway.kernel.clock import Clock
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.kernel.ids import IdSource
from gateway.reciprocity.appeal import Appeal
from gateway.reciprocity.harm import (
    Harm,
    Harmed,
    HarmKind,
    Outcome,
    Ruling,
    assert_organisation,
)
from gateway.services.known_party import known_party
from gateway.services.oversight import assert_not_appealed


class Harms:
    """Everything that is done with harm entries."""

    def __init__(
        self, books: Books, *, parties: PartyBook, clock: Clock, ids: IdSource
    ) -> None:
        self._books = books
        self._parties = parties
        self._clock = clock
        self._ids = ids

    def enter(
        self, party_id: str, kind: HarmKind, units: int, *, evidence: str, by: str
    ) -> Harmed:
        """Enter a harm.

        Args:
            party_id: Which organisation.
            kind: What kind of harm.
            units: How much, in the kind's unit.
            evidence: Where it can be seen.
            by: The steward.

        Raises:
            InvalidValue: it may be a person, or the entry cannot be.
            NotFound: no such party or steward.
        """
        assert_organisation(known_party(self._parties, party_id))
        harm = Harm(
            self._ids.new("hrm"),
            party_id,
            kind,
            units=units,
            evidence=evidence,
            by=known_party(self._parties, by).id,
            harmed_us=self._clock.now_us(),
        )
        self._books.harms.add(harm)
        return Harmed(harm)

    def appeal(self, harm_id: str, *, by: str, reason: str) -> Harmed:
        """Appeal an entry against oneself.

        Raises:
            Conflict: it was appealed before.
            InvalidValue: no reason, or it is about somebody else.
            NotFound: no such entry or party.
        """
        party = known_party(self._parties, by)
        with self._books.together() as books:
            found = _found(books, harm_id)
            about = known_party(self._parties, found.harm.party_id)
            if about.beneficial_owner_id != party.beneficial_owner_id:
                detail = f"{harm_id} is about {about.name}, which appeals it"
                raise InvalidValue(detail)
            assert_not_appealed(books, harm_id)
            appeal = Appeal(
                self._ids.new("apc"),
                harm_id,
                party.id,
                reason=reason,
                appealed_us=self._clock.now_us(),
            )
            books.contributions.add_appeal(appeal)
        return Harmed(found.harm, appeal)

    def rule(self, harm_id: str, outcome: Outcome, *, by: str, reason: str) -> Harmed:
        """Hear an appeal.

        Raises:
            Conflict: nobody appealed, or it was ruled on.
            InvalidValue: no reason, or by the steward who entered it, the
                organisation itself, or one of the same owner as either.
            NotFound: no such entry or party.
        """
        judge = known_party(self._parties, by)
        with self._books.together() as books:
            found = _found(books, harm_id)
            if found.appeal is None:
                detail = f"nobody appealed {harm_id}"
                raise Conflict(detail)
            if found.ruling is not None:
                detail = f"the appeal against {harm_id} was heard"
                raise Conflict(detail)
            partial = {
                known_party(self._parties, each).beneficial_owner_id
                for each in (found.harm.by, found.harm.party_id)
            }
            if judge.beneficial_owner_id in partial:
                detail = f"{judge.name} is concerned; another maintainer hears it"
                raise InvalidValue(detail)
            ruling = Ruling(
                harm_id, outcome, judge.id, reason=reason, ruled_us=self._clock.now_us()
            )
            books.harms.rule(ruling)
        return Harmed(found.harm, found.appeal, ruling)

    def list(self, party_id: str = "") -> tuple[Harmed, ...]:
        """Every entry, or those about one organisation, oldest first."""
        return tuple(
            each
            for each in self._books.harms.all()
            if party_id in {"", each.harm.party_id}
        )


def _found(books: Books, harm_id: str) -> Harmed:
    found = books.harms.find(harm_id)
    if found is None:
        detail = (
            f"there is no harm entry {harm_id}; see `copyfair contribution harm list`"
        )
        raise NotFound(detail)
    return found
