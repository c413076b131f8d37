"""Votes and ballots, in the words of the terms entrance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.bootstrap.house import House
from gateway.identity.principal import Principal
from gateway.kernel.clock import iso
from gateway.kernel.errors import Conflict
from gateway.services.vote_document import receipt_document, vote_document

ABOUT_PEOPLE = frozenset(("admit-member", "release-member", "appoint-steward"))


class VoteDesk:
    """A `gateway.terms.votes.VoteDesk` over the services."""

    def __init__(self, house: House) -> None:
        self._house = house

    def votes(self) -> Sequence[Mapping[str, Any]]:
        """Every vote, the newest first."""
        found = map(vote_document, reversed(self._house.votes.list()))
        return [_for_strangers(each) for each in found]

    def stewards(self) -> Sequence[Mapping[str, Any]]:
        """Who may act for which collection; see the port."""
        return [
            {
                "collection": seat.collection,
                "until": iso(seat.office.term.ends_us),
                "deputy_since": None
                if seat.office.deputy_since_us is None
                else iso(seat.office.deputy_since_us),
                "open_to_members": seat.office.is_open,
            }
            for seat in self._house.stewards.seats()
        ]

    def vote(self, vote_id: str) -> Mapping[str, Any]:
        """One of them; see the port."""
        return _for_strangers(vote_document(self._house.votes.show(vote_id)))

    def own(self, vote_id: str, party_id: str) -> Mapping[str, Any]:
        """How a party stands in a vote; see the port."""
        box = self._house.ballot_box
        found = box.mark(vote_id, party_id)
        ballot = box.ballot_of(vote_id, party_id)
        return {
            "party_id": party_id,
            "may_vote": found is not None,
            "owner_id": found[0].owner_id if found else None,
            "mark": found[0].mark if found else None,
            "mark_salt": found[1] if found else None,
            "votes": None if ballot is None else dict(ballot),
        }

    def cast(
        self, vote_id: str, principal: Principal, votes: Mapping[str, int]
    ) -> Mapping[str, Any]:
        """Put a ballot in the box; see the port.

        A key that is capped itself was given to somebody for a small share of use: it
        speaks for nobody.
        """
        house, party_id = self._house, principal.party.id
        own = house.agreements.list(party_id)
        if any(house.caps.taken(one.id, key_id=principal.key_id) for one in own):
            raise Conflict("a key that is capped itself casts no ballot; use another")
        return receipt_document(house.ballot_box.cast(vote_id, party_id, votes))


def _for_strangers(document: dict[str, Any]) -> dict[str, Any]:
    """Who is to become a member or a steward is not told to everybody."""
    if document["about"] not in ABOUT_PEOPLE:
        return document
    decision = document["decision"]
    if decision is not None:
        decision = {**decision, "subject": None}
    return {**document, "subject": None, "decision": decision}
