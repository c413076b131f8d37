"""Verification: a party proves that a domain is its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from gateway.billing.tally import is_proven
from gateway.identity.domain_challenge import (
    DOMAIN,
    PROVEN_BY_A_DOMAIN,
    Registered,
    answer_to,
    domain_of,
    holder_of,
    is_answered,
    page_of,
    record_of,
)
from gateway.identity.party import Party
from gateway.kernel.errors import Conflict, InvalidValue, Unavailable
from gateway.services.parties import Parties

BY_CHALLENGE = "domain-challenge"

Texts = Callable[[str], Awaitable[tuple[str, ...]]]
"""Texts found under a name or an address; raises `Unavailable` where nobody answers."""


class Via(StrEnum):
    """Where the answer stood."""

    DNS = "dns"
    WEB = "web"


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a party is asked to publish, in one of two places.

    Attributes:
        party_id: Who.
        domain: As DNS spells it.
        answer: The text.
        record: Name of the TXT record.
        page: Address of the file.
    """

    party_id: str
    domain: str
    answer: str
    record: str
    page: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What came of looking.

    Attributes:
        challenge: What was looked for.
        via: Where it stood; None where it does not.
        party: As it stands now.
        is_entity_proven: What it says it is counts as verified now, or did before.
    """

    challenge: Challenge
    via: Via | None
    party: Party
    is_entity_proven: bool


class Verification:
    """Domain challenges."""

    def __init__(
        self,
        parties: Parties,
        *,
        secret: bytes,
        records: Texts,
        page: Texts,
        registered: Registered,
    ) -> None:
        """Look for answers in *records* and on a *page*.

        Args:
            parties: Whose domains.
            secret: What the answers are made of.
            records: Finds texts by the name of a record.
            page: Finds texts by an address.
            registered: Knows what of a domain somebody registered.
        """
        self._parties = parties
        self._registered = registered
        self._secret = secret
        self._records = records
        self._page = page

    def challenge(self, reference: str, domain: str) -> Challenge:
        """What the party of that id or name is to publish.

        Raises:
            Conflict: another party proved that domain, or one of the same registrant.
            InvalidValue: it is no domain, or a suffix below which strangers register.
            NotFound: there is no such party.
        """
        party = self._parties.show(reference)
        spelled = domain_of(domain)
        if not self._registered(spelled):
            detail = (
                f"{spelled} is a public suffix, below which anybody registers; "
                "name the domain that is registered there"
            )
            raise InvalidValue(detail)
        others = (one for one in self._parties.list() if one.id != party.id)
        holder = holder_of(spelled, others, self._registered)
        if holder is not None:
            detail = (
                f"{holder.attributes[DOMAIN].value} is proven to be {holder.name}'s;"
                " who belongs together has one owner: say so with `party set …"
                " controlled_by=…`"
            )
            raise Conflict(detail)
        return Challenge(
            party_id=party.id,
            domain=spelled,
            answer=answer_to(self._secret, party.id, spelled),
            record=record_of(spelled),
            page=page_of(spelled),
        )

    async def verify(self, reference: str, domain: str) -> Verified:
        """Look, and keep what is proven.

        Raises:
            Conflict: another party proved that domain, or a steward says otherwise.
            InvalidValue: it is no domain, or the party never said what it is.
            NotFound: there is no such party.
            Unavailable: neither place answers.
        """
        challenge = self.challenge(reference, domain)
        party = self._parties.show(reference)
        if "entity" not in party.attributes:
            detail = f"{party.name} never said what it is; `party set … entity=company`"
            raise InvalidValue(detail)
        via = await self._found(challenge)
        if via is not None:
            party = self._keep(party, challenge, via)
        return Verified(challenge, via, party, is_proven(party))

    def _keep(self, party: Party, challenge: Challenge, via: Via) -> Party:
        told = {DOMAIN: challenge.domain}
        entity = str(party.attributes["entity"].value)
        if entity in PROVEN_BY_A_DOMAIN:
            told["entity"] = entity
        for attribute, value in told.items():
            party = self._parties.set_attribute(
                party.id,
                attribute,
                value,
                source=BY_CHALLENGE,
                by=via.value,
                is_again=True,
            )
        return party

    async def _found(self, challenge: Challenge) -> Via | None:
        places = (
            (Via.DNS, self._records, challenge.record),
            (Via.WEB, self._page, challenge.page),
        )
        silent: list[Unavailable] = []
        for via, texts, name in places:
            try:
                if is_answered(await texts(name), challenge.answer):
                    return via
            except Unavailable as fault:
                silent.append(fault)
        if len(silent) == len(places):
            raise silent[0]
        return None
