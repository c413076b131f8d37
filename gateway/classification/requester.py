"""Who asks: the facts named `credential.*` and `party.*`.

A valid key proves who, never what. Each attribute of a party keeps the level at
which it was learnt; of somebody without a key nothing is known at all, and least
of all that they are a company.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from gateway.classification.facts import FACTS, Fact, FactValue
from gateway.classification.given import UNREAD, Given
from gateway.identity.party import Party
from gateway.identity.principal import Identified, Principal, Refused
from gateway.kernel.evidence import Level

# Attribute of a party to fact; other attributes (e-mail, address) are no fact.
ATTRIBUTES: Mapping[str, str] = MappingProxyType(
    {
        "entity": "party.entity",
        "surplus": "party.surplus",
        "staff": "party.size.staff",
        "revenue_eur": "party.size.revenue_eur",
        "mau": "party.size.mau",
        "country_income": "party.size.country_income",
        "controlled_by": "party.size.controlled_by",
        "country": "party.country",
        "passes_on": "party.passes_on",
        "openness": "party.openness",
        "mandate": "party.mandate",
        "notice_days": "party.notice_days",
    }
)


def facts_of(
    identified: Identified, *, given: Given = UNREAD, agreement_id: str = ""
) -> Iterator[tuple[str, Fact]]:
    """The facts about whoever is behind a request."""
    if isinstance(identified, Principal):
        yield from _of_party(identified)
        yield from given.facts(agreement_id)
    elif isinstance(identified, Refused):
        ours = Fact(
            value=True, level=Level.CLAIMED, source=identified.scheme, contradicted=True
        )
        yield "credential.ours", ours
        yield "credential.fault", Fact(identified.fault.value, Level.VERIFIED, "check")
    else:
        yield "credential.ours", NO_CREDENTIAL


def operator_of(identified: Identified) -> Fact | None:
    """The operator a credential proves: an attribute verified or vouched for."""
    if not isinstance(identified, Principal):
        return None
    known = identified.party.attributes.get("operator")
    if known is None or known.level < Level.VERIFIED or not known.value:
        return None
    return Fact(known.value, known.level, known.source)


NO_CREDENTIAL = Fact(value=False, level=Level.VERIFIED, source="request")


def _of_party(principal: Principal) -> Iterator[tuple[str, Fact]]:
    party: Party = principal.party
    yield (
        "credential.ours",
        Fact(value=True, level=Level.VERIFIED, source=principal.scheme),
    )
    yield "party.id", Fact(party.id, Level.VERIFIED, principal.scheme)
    for attribute, known in party.attributes.items():
        name = ATTRIBUTES.get(attribute)
        if name is not None and is_sayable(name, known.value):
            yield name, Fact(known.value, known.level, known.source)


def is_sayable(name: str, value: FactValue) -> bool:
    """Is *value* one the vocabulary allows for the fact *name*?"""
    allowed = FACTS[name]
    if isinstance(allowed, frozenset):
        return value in allowed
    return type(value) is allowed
