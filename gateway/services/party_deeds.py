"""What a party did and what was said of it, beside its claims: for its export."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gateway.fund.ports import Books

Told = Callable[[Any], Any]
"""A value as JSON has it."""


def deeds_of(books: Books, party_id: str, told: Told) -> dict[str, Any]:
    """Harm entries, objections, corrections, voice and offices.

    Args:
        books: All books.
        party_id: Whose.
        told: How a value is told.
    """
    judged = books.contributions.of_party(party_id)
    claims = {each.claim.id for each in judged}
    return {
        "harms": [
            told(each) for each in books.harms.all() if each.harm.party_id == party_id
        ],
        "objections": [
            told(each)
            for each in books.contributions.appeals()
            if each.party_id == party_id
        ],
        "corrections": [
            told(found)
            for each in books.corrections.decisions().values()
            if each.claim_id in claims
            and (found := books.corrections.find(each.correction_id)) is not None
        ],
        "voice": [
            told(given)
            for each in books.rounds.all()
            for given in books.rounds.given(each.name)
            if given.giver_id == party_id
        ],
        "offices": [
            told(each)
            for each in books.offices.terms()
            if party_id in {each.steward_id, each.deputy_id}
        ],
    }


def gifts_of(books: Books, party_id: str, told: Told) -> list[Any]:
    """What a party gave to the commons or to somebody, and was given by name."""
    return [
        told(each)
        for each in books.gifts.all()
        if party_id in {each.from_party_id, each.to_party_id}
    ]
