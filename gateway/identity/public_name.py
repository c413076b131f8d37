"""Who is named where everybody can read it, and who is only counted.

An organisation whose entity is proven is named; what an organisation only says of
itself could be anybody's name. A person is named if they asked for it, by the name
they asked for. Everybody else is counted with others of their kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.identity.erasure import ENTITIES_OF_PERSONS
from gateway.identity.party import Party
from gateway.kernel.evidence import Level

PUBLIC_NAME = "public_name"


class Who(StrEnum):
    """As what somebody stands on a public page. Public: add, never rename."""

    ORGANISATION = "organisation"
    PERSON = "person"
    UNPROVEN = "unproven-organisations"
    PEOPLE = "people"


@dataclass(frozen=True, slots=True, order=True)
class Shown:
    """How a party stands on a public page.

    Attributes:
        who: As what.
        name: Its name; empty for whoever is only counted.
        entity: What it is, as proven; empty where it is not.
    """

    who: Who
    name: str = ""
    entity: str = ""


def shown(party: Party | None) -> Shown:
    """How a party stands on a public page.

    Args:
        party: Who; None for somebody who is not known any more.
    """
    if party is None or party.erased_us is not None:
        return Shown(Who.PEOPLE)
    entity = party.attributes.get("entity")
    kind = str(entity.value) if entity else "unknown"
    if kind in ENTITIES_OF_PERSONS:
        asked = party.attributes.get(PUBLIC_NAME)
        return Shown(Who.PERSON, str(asked.value)) if asked else Shown(Who.PEOPLE)
    if party.level_of("entity") < Level.VERIFIED:
        return Shown(Who.UNPROVEN)
    return Shown(Who.ORGANISATION, party.name, kind)
