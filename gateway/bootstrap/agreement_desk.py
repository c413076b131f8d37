"""A customer's agreements and caps, in the words of the terms entrance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.bootstrap.house import House
from gateway.bootstrap.proof_checks import rechecks_of
from gateway.identity.principal import Principal
from gateway.kernel.clock import iso
from gateway.kernel.errors import Conflict, NotFound
from gateway.licensing.agreement import Agreement, Settling
from gateway.metering.cap_terms import CapTerms
from gateway.services.cap_desk import cap_document


class AgreementDesk:
    """A `gateway.terms.agreements.AgreementDesk` over the services."""

    def __init__(self, house: House) -> None:
        self._house = house

    def agreements_of(self, party_id: str) -> list[Mapping[str, Any]]:
        """Every agreement of a party with its caps; see the port."""
        now_us = self._house.clock.now_us()
        return [
            self._document(one, now_us=now_us)
            for one in self._house.agreements.list(party_id)
        ]

    def set_cap(
        self, principal: Principal, terms: CapTerms, *, is_lifted: bool
    ) -> None:
        """Set a cap or lift it; see the port."""
        caps, party_id = self._house.caps, principal.party.id
        agreement = self._house.agreements.show(terms.agreement_id)
        if agreement.party_id != party_id:
            # Of others nothing is told, not even that they are there.
            detail = f"there is no agreement {terms.agreement_id}"
            raise NotFound(detail)
        own = self._house.agreements.list(party_id)
        if any(caps.taken(one.id, key_id=principal.key_id) for one in own):
            raise Conflict("a key that is capped itself changes no caps; use another")
        if is_lifted:
            caps.lift(terms)
        else:
            caps.set(terms)

    def _verified_until(self, one: Agreement) -> Mapping[str, str]:
        """Until when what its party is counts as verified; nothing where it stays."""
        if one.settling is not Settling.INVOICED or one.ends_us is not None:
            return {}
        standing = rechecks_of(self._house).standing(one.party_id)
        ends = [each.ends_us for each in standing if each.attribute == "entity"]
        return {"verified_until": iso(ends[0])} if ends else {}

    def _document(self, one: Agreement, *, now_us: int) -> Mapping[str, Any]:
        caps = self._house.caps.taken(one.id)
        return {
            "agreement_id": one.id,
            **self._verified_until(one),
            "in_force": one.is_in_force(now_us),
            "settling": one.settling.value,
            "tariff": {"id": one.tariff, "version": one.tariff_version},
            "collections": sorted(one.collections),
            "starts_at": iso(one.starts_us),
            "ends_at": None if one.ends_us is None else iso(one.ends_us),
            "caps": [cap_document(each, one) for each in caps],
        }
