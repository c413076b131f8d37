"""Whose turn it is to review: nobody accepts the same owner's work over and over."""

from __future__ import annotations

from gateway.billing.ports import PartyBook
from gateway.identity.party import Party
from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.errors import Conflict
from gateway.reciprocity.contribution import Claim
from gateway.reciprocity.ports import ContributionStore
from gateway.reciprocity.review import VESTS_AFTER_US
from gateway.reciprocity.rotation import ACCEPTED_MAX, WINDOW_US, is_their_turn
from gateway.reciprocity.standing import WINDOW_US as YEAR_US

NAMED_MAX = 5


def owner_of(parties: PartyBook, party_id: str) -> str:
    """The beneficial owner of a party; the id itself where the party is gone."""
    found = parties.find_party(party_id)
    return found.beneficial_owner_id if found else party_id


def accepted_of(
    store: ContributionStore,
    parties: PartyBook,
    reviewer_id: str,
    *,
    owner_id: str,
    at_us: int,
) -> int:
    """How many claims of an owner a reviewer accepted within the window.

    What other parties of the reviewer's own owner accepted counts with it.
    """
    since_us, own = at_us - WINDOW_US, owner_of(parties, reviewer_id)
    return sum(
        owner_of(parties, each) == owner_id
        for reviewer in {reviewer_id, *store.reviewers(since_us=since_us)}
        if owner_of(parties, reviewer) == own
        for each in store.accepted_by(reviewer, since_us=since_us)
    )


def assert_their_turn(
    store: ContributionStore,
    parties: PartyBook,
    reviewer: Party,
    *,
    of: Claim,
    at_us: int,
) -> None:
    """Refuse one more acceptance by who accepted enough of that owner's work.

    Raises:
        Conflict: another's turn; the detail says whose.
    """
    owner_id = owner_of(parties, of.party_id)
    count = accepted_of(store, parties, reviewer.id, owner_id=owner_id, at_us=at_us)
    if is_their_turn(count):
        return
    others = [
        each
        for each in store.reviewers(since_us=at_us - YEAR_US)
        if owner_of(parties, each) not in {owner_id, reviewer.beneficial_owner_id}
        and is_their_turn(
            accepted_of(store, parties, each, owner_id=owner_id, at_us=at_us)
        )
    ]
    names = [_name(parties, each) for each in others[:NAMED_MAX]]
    whom = f"ask {', '.join(names)}" if names else "ask a maintainer who has not yet"
    detail = (
        f"{reviewer.name} accepted {count} claims of {_name(parties, of.party_id)} in"
        f" {WINDOW_US // US_PER_DAY} days, and {ACCEPTED_MAX} is the limit; {whom}."
        f" Unreviewed, it vests {VESTS_AFTER_US // US_PER_DAY} days after it was made"
    )
    raise Conflict(detail)


def _name(parties: PartyBook, party_id: str) -> str:
    found = parties.find_party(party_id)
    return found.name if found else party_id
