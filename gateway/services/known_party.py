"""A party that must be there, by its id."""

from __future__ import annotations

from typing import Protocol

from gateway.identity.party import Party
from gateway.kernel.errors import NotFound


class Known(Protocol):
    """Who the parties are."""

    def find_party(self, party_id: str) -> Party | None:
        """The party, with the attributes that count now."""


def known_party(parties: Known, party_id: str) -> Party:
    """A party by its id.

    Raises:
        NotFound: there is none.
    """
    found = parties.find_party(party_id)
    if found is None:
        detail = f"there is no party {party_id}; see `copyfair party list`"
        raise NotFound(detail)
    return found
