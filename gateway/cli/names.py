"""Who is who on the screen: from ids to names, erased people by the end of their id."""

from __future__ import annotations

from gateway.bootstrap.house import House
from gateway.identity.party import Party

ENDING_CHARS = 6


def names_of(house: House) -> dict[str, str]:
    """The name of every party, by its id."""
    return {one.id: shown_name(one) for one in house.parties.list()}


def shown_name(party: Party) -> str:
    """A party's name; of one whose name was erased, what tells it from others."""
    is_gone = party.erased_us is not None and party.name.startswith("sha256:")
    return f"erased …{party.id[-ENDING_CHARS:]}" if is_gone else party.name
