"""Whose account a contributor is paid on: their own, or that of their mutual.

A mutual (an association or cooperative that pays wages, insures and helps its members)
may take what is owed to a member. The member names it, a steward enters it; the fund
owes the member, before and after.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gateway.fund.payout_ports import Payee
from gateway.identity.party import Party
from gateway.kernel.evidence import Level
from gateway.services.fund_books import PartyNames

IBAN, PAID_THROUGH = "iban", "paid_through"
MUTUALS = frozenset({"nonprofit", "coop-worker", "coop-other", "sse"})
"""What a mutual can be, as proven: nobody's surplus goes to whoever holds shares."""


class Payees:
    """Finds accounts.

    Args:
        parties: Who everybody is.
        barred: Owners whom neither labour reserve nor rounds reach; no mutual of theirs
            stands between.
    """

    def __init__(
        self, parties: PartyNames, barred: Callable[[], frozenset[str]]
    ) -> None:
        self._parties = parties
        self._barred = barred

    def of(self, party: Party) -> Payee | None:
        """Where a contributor is paid; None where that cannot be."""
        if not names_mutual(party):
            iban = _iban_of(party)
            return Payee(party.name, iban) if iban else None
        mutual = self._parties.find_party(str(party.attributes[PAID_THROUGH].value))
        if mutual is None or not self._may_take(mutual):
            return None
        return Payee(mutual.name, _iban_of(mutual), on_behalf_of=party.name)

    def sharing(self, who: Iterable[str]) -> tuple[tuple[str, ...], ...]:
        """Contributors who name one account as their own: ids, by account.

        Whoever is paid through a mutual names none.
        """
        by_account: dict[str, list[str]] = {}
        for party_id in sorted({*who}):
            party = self._parties.find_party(party_id)
            payee = self.of(party) if party and party.erased_us is None else None
            if payee is not None and not payee.on_behalf_of:
                account = "".join(payee.iban.split()).upper()
                by_account.setdefault(account, []).append(party_id)
        return tuple(tuple(ids) for ids in by_account.values() if len(ids) > 1)

    def _may_take(self, mutual: Party) -> bool:
        entity = mutual.attributes.get("entity")
        is_mutual = (
            entity is not None
            and entity.value in MUTUALS
            and entity.level >= Level.VERIFIED
        )
        is_there = mutual.erased_us is None and bool(_iban_of(mutual))
        return is_mutual and is_there and not self._is_barred(mutual)

    def _is_barred(self, mutual: Party) -> bool:
        return mutual.beneficial_owner_id in self._barred()


def names_mutual(party: Party) -> bool:
    """Is it known that a contributor is paid through a mutual?"""
    return party.level_of(PAID_THROUGH) >= Level.VERIFIED


def _iban_of(party: Party) -> str:
    known = party.attributes.get(IBAN)
    return str(known.value) if known else ""
