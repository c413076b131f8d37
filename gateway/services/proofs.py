"""Proofs of who somebody is: a VAT id, a number of a register, a transfer.

What a register says counts where it names the party. Silence changes nothing: what was
verified stays so, what was not is asked again later. A number and an account prove one
party, and a name no second one.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from gateway.billing.bank import Direction, Movement, UsedFor, agreement_of
from gateway.billing.tally import is_proven
from gateway.fund.accounts import HELD_BY
from gateway.fund.ports import Books
from gateway.identity.domain_challenge import PROVEN_BY_A_DOMAIN
from gateway.identity.names import spelled_alike
from gateway.identity.party import Party
from gateway.identity.registers import (
    REGISTERS,
    Register,
    Registered,
    checked_number,
    read_answer,
    vies,
)
from gateway.kernel.errors import Conflict, InvalidValue, Unavailable
from gateway.kernel.evidence import Level
from gateway.services.customer_credit import party_of
from gateway.services.parties import Parties

Ask = Callable[[str], Awaitable[tuple[int, bytes]]]
"""Address to status and body; raises Unavailable where nobody answers."""
VAT, REGISTRATION, ACCOUNT = "vat_id", "registration", "bank_account"
PROVEN_BY_A_TRANSFER = PROVEN_BY_A_DOMAIN | {"person"}


class Outcome(StrEnum):
    """What came of looking. Public: add, never rename."""

    VERIFIED = "verified"
    NAME_DIFFERS = "name-differs"
    NAME_NOT_SAID = "name-not-said"
    FORM_DIFFERS = "form-differs"
    NOT_FOUND = "not-found"
    NOT_ACTIVE = "not-active"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of looking, and why.

    Attributes:
        party: As it stands now.
        outcome: What came of it.
        detail: One sentence.
        number: What was asked about, or empty.
        reference: The other side's own name for our question, or empty.
    """

    party: Party
    outcome: Outcome
    detail: str
    number: str = ""
    reference: str = ""

    @property
    def is_entity_proven(self) -> bool:
        """Does what it says it is count as verified now, or did it before?"""
        return is_proven(self.party)


class Proofs:
    """Looks things up, and keeps what is proven."""

    def __init__(
        self,
        parties: Parties,
        *,
        books: Books,
        ask: Ask,
        check_vat: Callable[[str], str],
        secret: bytes,
        our_vat_id: str = "",
    ) -> None:
        self._parties = parties
        self._books = books
        self._ask = ask
        self._check_vat = check_vat
        self._secret = secret
        self._vies = vies(our_vat_id)

    async def by_vat(self, reference: str, vat_id: str = "") -> Proof:
        """Ask VIES about a VAT id; the one the party gave, where none is named.

        Raises:
            Conflict: it proves another party, or a steward says otherwise.
            InvalidValue: it is none, or the party gave none.
            NotFound: there is no such party.
        """
        party = self._declared(reference)
        known = party.attributes.get(VAT)
        said = vat_id or (str(known.value) if known else "")
        if not said:
            detail = f"{party.name} gave no VAT id; name one: --vat FR40303265045"
            raise InvalidValue(detail)
        number = checked_number(self._vies, self._check_vat(said))
        self._assert_free(party, VAT, number)
        return await self._looked_up(
            party, self._vies, number, told=(VAT, number), source="vies"
        )

    async def by_register(self, reference: str, asked: str) -> Proof:
        """Ask a register about a number.

        Args:
            reference: The party's id or name.
            asked: `REGISTER:NUMBER`, such as `fr:552100554`.

        Raises: as `by_vat`.
        """
        party = self._declared(reference)
        name, colon, text = asked.partition(":")
        register = REGISTERS.get(name.strip().lower())
        if not colon or register is None:
            known = ", ".join(f"{each}:NUMBER" for each in REGISTERS)
            raise InvalidValue(f"{asked!r} names no register; known: {known}")
        number = checked_number(register, text)
        value = f"{name.strip().lower()}:{number}"
        self._assert_free(party, REGISTRATION, value)
        return await self._looked_up(
            party, register, number, told=(REGISTRATION, value), source="register"
        )

    def by_transfer(self, reference: str, *, since_us: int = 0) -> Proof:
        """Look for a transfer that the party made in its own name.

        It paid an invoice of the party, or ahead under its agreement.

        Args:
            reference: The party's id or name.
            since_us: Only what the bank booked from then on.

        Raises: as `by_vat`.
        """
        party = self._declared(reference)
        sent = [
            one
            for one in self._movements()
            if one.booked_us >= since_us and self._payer(one) == party.id
        ]
        if not sent:
            detail = f"no transfer paid an invoice or an agreement of {party.name} yet"
            return Proof(party, Outcome.NOT_FOUND, detail)
        named = [one for one in sent if spelled_alike(one.name, party.name)]
        if not named:
            names = ", ".join(sorted({repr(one.name) for one in sent}))
            detail = f"the transfers come from {names}, the party is {party.name!r}"
            return Proof(party, Outcome.NAME_DIFFERS, detail)
        found = next((one for one in named if one.counterpart), None)
        if found is None:
            detail = "the bank does not say from which account the money came"
            return Proof(party, Outcome.NAME_NOT_SAID, detail)
        account = "".join(found.counterpart.split()).upper().encode()
        digest = hmac.digest(self._secret, account, hashlib.sha256).hex()[:32]
        self._assert_free(party, ACCOUNT, digest)
        self._assert_no_namesake(party)
        proven = self._kept(
            party,
            (ACCOUNT, digest),
            source="bank-transfer",
            by=found.id,
            entities=PROVEN_BY_A_TRANSFER,
        )
        detail = f"{party.name} paid from an account in its own name ({found.id})"
        return Proof(proven, Outcome.VERIFIED, detail, reference=found.id)

    async def _looked_up(
        self,
        party: Party,
        register: Register,
        number: str,
        *,
        told: tuple[str, str],
        source: str,
    ) -> Proof:
        try:
            status, body = await self._ask(f"{register.home}{register.path(number)}")
            found = read_answer(register, number, status=status, body=body)
        except Unavailable as fault:
            return Proof(party, Outcome.UNKNOWN, fault.detail, number)
        if found is None:
            detail = f"{register.title} knows no {number}"
            return Proof(party, Outcome.NOT_FOUND, detail, number)
        refusal = _refusal(party, register, found)
        if refusal is not None:
            outcome, detail = refusal
            return Proof(party, outcome, detail, number, found.proof)
        self._assert_no_namesake(party)
        proven = self._kept(
            party,
            told,
            source=source,
            by=found.proof or register.title,
            entities=found.entities,
        )
        entity = str(party.attributes["entity"].value)
        if entity not in found.entities and not is_proven(proven):
            detail = (
                f"{register.title} names {party.name}, and its form does not bear out"
                f" that it is {entity}; a steward can say so"
            )
            return Proof(proven, Outcome.FORM_DIFFERS, detail, number, found.proof)
        detail = f"{register.title} names {party.name} under {number}"
        return Proof(proven, Outcome.VERIFIED, detail, number, found.proof)

    def _kept(
        self,
        party: Party,
        told: tuple[str, str],
        *,
        source: str,
        by: str,
        entities: Iterable[str],
    ) -> Party:
        """Keep what is proven: the number, and what the party says it is."""
        stated = [told]
        entity = str(party.attributes["entity"].value)
        if entity in set(entities):
            stated.append(("entity", entity))
        for attribute, value in stated:
            party = self._parties.set_attribute(
                party.id, attribute, value, source=source, by=by, is_again=True
            )
        return party

    def _declared(self, reference: str) -> Party:
        party = self._parties.show(reference)
        if "entity" not in party.attributes:
            detail = f"{party.name} never said what it is; `party set … entity=company`"
            raise InvalidValue(detail)
        return party

    def _assert_free(self, party: Party, attribute: str, value: str) -> None:
        """A number proves one party; else one firm could be ten."""
        for other in self._parties.list():
            known = other.attributes.get(attribute)
            is_held = known is not None and known.level >= Level.VERIFIED
            if other.id != party.id and known and is_held and known.value == value:
                what = "that account" if attribute == ACCOUNT else value
                detail = (
                    f"{what} is proven to be {other.name}'s; who belongs together has"
                    " one owner: say so with `party set … controlled_by=…`"
                )
                raise Conflict(detail)

    def _assert_no_namesake(self, party: Party) -> None:
        """One firm under two spellings is one taker."""
        owner = party.beneficial_owner_id
        for other in self._parties.list():
            is_same = other.id == party.id or other.beneficial_owner_id == owner
            if is_same or not is_proven(other):
                continue
            if spelled_alike(other.name, party.name):
                detail = (
                    f"{other.name} ({other.id}) is verified already; it is one firm"
                )
                raise Conflict(detail)

    def _movements(self) -> list[Movement]:
        return [
            one
            for one in self._books.bank.all()
            if one.direction is Direction.IN and one.account not in HELD_BY
        ]

    def _payer(self, movement: Movement) -> str:
        """The party whose invoice or agreement a movement paid; or empty."""
        for use in self._books.bank.uses_of(movement.id):
            if use.used_for is UsedFor.TOP_UP:
                ahead = self._books.agreements.find(agreement_of(use.ref))
                return ahead.party_id if ahead else ""
        return party_of(self._books, movement)


def _refusal(
    party: Party, register: Register, found: Registered
) -> tuple[Outcome, str] | None:
    """Why an answer proves nothing of the party; None where it does."""
    if not found.is_active:
        detail = f"{register.title} says that {found.number} is not active now"
        return Outcome.NOT_ACTIVE, detail
    if not found.names:
        detail = (
            f"{register.title} knows {found.number} and does not say whose it is;"
            " prove it by a register or a transfer"
        )
        return Outcome.NAME_NOT_SAID, detail
    if not any(spelled_alike(name, party.name) for name in found.names):
        names = " or ".join(repr(name) for name in found.names)
        detail = (
            f"{register.title} names {names} under {found.number}, the party is"
            f" {party.name!r}"
        )
        return Outcome.NAME_DIFFERS, detail
    return None
