"""Movements on accounts at banks and providers, and what they name.

A payer is asked to write the invoice's creditor reference (ISO 11649); many write its
number instead, somewhere in the text. Both are found, and so is the agreement under
which somebody pays ahead. What names nothing we know waits until somebody says what it
is for; it is never guessed from an amount or a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.billing.numbering import DIGITS, Document
from gateway.kernel.errors import InvalidValue
from gateway.kernel.money import Money

REFERENCE = re.compile(r"(?<![A-Z0-9])RF\s?([0-9]{2})((?:\s?[A-Z0-9]){1,21})")
NUMBER = re.compile(
    rf"(?<![A-Z0-9]){Document.INVOICE}[\s./_-]*([0-9]{{4}})[\s./_-]*([0-9]{{{DIGITS},}})"
)
RETURN = re.compile(r"RETURN-([0-9A-Z]{26})(?![0-9A-Z])", re.IGNORECASE)
AGREEMENT = "agr"
AHEAD = re.compile(r"(?<![A-Z0-9])AGR[\s._/-]?([0-9A-HJKMNP-TV-Z]{26})(?![A-Z0-9])")
MODULUS = 97
MOVEMENT = "mov"


class Direction(StrEnum):
    """Which way money went."""

    IN = "in"
    OUT = "out"


class UsedFor(StrEnum):
    """What became of money that came in. Public: add, never rename."""

    PAYMENT = "payment"
    RETURNED = "returned"
    BY_HAND = "by-hand"  # a steward had recorded it before the bank reported it
    TOP_UP = "top-up"
    PAYOUT = "payout"  # what a payment provider held until now
    PAYOUT_RETURNED = "payout-returned"  # a contributor's bank sent it back
    DONATION = "donation"
    GIFT = "gift"  # to somebody by name


class Undone(StrEnum):
    """What a movement that takes money back undoes. Public: add, never rename."""

    PAYMENT = "payment"
    TOP_UP = "top-up"
    DRAW = "draw"  # an invoice that was drawn from the top-up
    GIFT = "gift"  # or a donation


@dataclass(frozen=True, slots=True)
class Movement:
    """One booked movement on the account.

    Attributes:
        id: `mov_…`; empty until it is taken in.
        account: IBAN or number of the account it stands on, or a provider's name.
        reference: The bank's own name for it, unique on the account.
        amount: Above 0.
        direction: In or out.
        is_reversal: The bank took an earlier movement back.
        booked_us: When the bank booked it.
        end_to_end: What the payer's bank passed on, or empty.
        creditor_reference: ISO 11649 or what stands in its place, or empty.
        text: What the payer wrote, or empty.
        name: Who is at the other end, or empty.
        counterpart: And their account, or empty.
        fee_minor: What a provider took off the account for it.
    """

    account: str
    reference: str
    amount: Money
    direction: Direction
    booked_us: int
    is_reversal: bool = False
    end_to_end: str = ""
    creditor_reference: str = ""
    text: str = ""
    name: str = ""
    counterpart: str = ""
    fee_minor: int = 0
    id: str = ""

    def __post_init__(self) -> None:
        if self.amount.minor <= 0:
            raise InvalidValue("a movement on an account is above 0")
        if not (self.account and self.reference):
            raise InvalidValue("a movement has an account and a reference")
        if self.fee_minor < 0:
            raise InvalidValue("a provider's fee is 0 or more")

    @property
    def words(self) -> tuple[str, ...]:
        """Everything in which a payer may have named what the money is for."""
        return self.creditor_reference, self.end_to_end, self.text


@dataclass(frozen=True, slots=True)
class Use:
    """What became of a part of a movement.

    Attributes:
        movement_id: Which movement.
        used_for: What for.
        ref: The payment's id; that of the movement that took it back; for a top-up
            see `ahead_ref`.
        amount_minor: How much of it, above 0.
    """

    movement_id: str
    used_for: UsedFor
    ref: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A part of what a movement had settled, taken back by a later one.

    Attributes:
        back_id: The movement that took it back.
        movement_id: The one that had brought it.
        kind: What is undone.
        ref: As the use of it says; of a draw the id of its payment.
        invoice_id: Which invoice is open again, or empty.
        amount_minor: How much, above 0.
    """

    back_id: str
    movement_id: str
    kind: Undone
    ref: str
    invoice_id: str
    amount_minor: int


def ahead_ref(agreement_id: str, movement_id: str) -> str:
    """What a use says whose money was paid ahead under an agreement."""
    return f"{agreement_id}/{movement_id}"


def agreement_of(ref: str) -> str:
    """The agreement in an `ahead_ref`."""
    return ref.partition("/")[0]


def top_up_reference(agreement_id: str) -> str:
    """What to write on a transfer that pays ahead; banks pass no underscore on."""
    return agreement_id.replace("_", "-").upper()


def agreement_in(words: Iterable[str]) -> str:
    """The agreement that somebody wrote, or empty."""
    for text in words:
        if found := AHEAD.search(text.upper()):
            return f"{AGREEMENT}_{found[1].lower()}"
    return ""


def creditor_reference(number: str) -> str:
    """The ISO 11649 reference of a document: `RF39INV20260001`.

    Args:
        number: The printed number; letters, digits and separators.

    Raises:
        InvalidValue: more than 21 letters and digits.
    """
    body = re.sub(r"[^A-Z0-9]", "", number.upper())
    if not 1 <= len(body) <= 21:
        detail = f"{number!r} gives no creditor reference; it takes 1 to 21 characters"
        raise InvalidValue(detail)
    return f"RF{MODULUS + 1 - _value(f'{body}RF00') % MODULUS:02d}{body}"


def is_creditor_reference(text: str) -> bool:
    """Is it an ISO 11649 reference with the right check digits?"""
    plain = "".join(text.split()).upper()
    if not re.fullmatch(r"RF[0-9]{2}[A-Z0-9]{1,21}", plain):
        return False
    return _value(plain[4:] + plain[:4]) % MODULUS == 1


def numbers_in(words: Iterable[str]) -> tuple[str, ...]:
    """The invoice numbers that somebody wrote, each once, in their order.

    A creditor reference counts where its check digits are right; a number as it is
    printed, or with other separators.
    """
    found: dict[str, None] = {}
    for text in (each.upper() for each in words):
        spelled = NUMBER.findall(text)
        for check, tail in REFERENCE.findall(text):
            spelled += _referred(check, "".join(tail.split()))
        for year, digits in spelled:
            found[f"{Document.INVOICE}-{year}-{digits}"] = None
    return tuple(found)


def returned_in(words: Iterable[str]) -> str:
    """The movement that an outgoing one says it sends back, or empty."""
    for text in words:
        if found := RETURN.search(text):
            return f"{MOVEMENT}_{found[1].lower()}"
    return ""


def return_reference(movement_id: str) -> str:
    """What to write as end-to-end reference, at most 35 characters, to send it back."""
    return f"RETURN-{movement_id.removeprefix(f'{MOVEMENT}_').upper()}"


def left_of(movement: Movement, uses: Iterable[Use]) -> int:
    """What nobody has a use for yet, minor units."""
    return movement.amount.minor - sum(use.amount_minor for use in uses)


def shared_out(amount_minor: int, owed: Sequence[tuple[str, int]]) -> dict[str, int]:
    """Fill one debt after the other.

    Args:
        amount_minor: What there is, 0 or more.
        owed: Names and what each has open, in the order in which they are filled.

    Returns:
        What each gets, those left out that get nothing.
    """
    shares: dict[str, int] = {}
    for name, open_minor in owed:
        part = min(amount_minor, open_minor)
        if part > 0:
            shares[name] = part
            amount_minor -= part
    return shares


def _referred(check: str, tail: str) -> list[tuple[str, str]]:
    """The number in a creditor reference; words may follow it in the same text."""
    for end in range(len(tail), 0, -1):
        if is_creditor_reference(f"RF{check}{tail[:end]}"):
            whole = NUMBER.fullmatch(tail[:end])
            if whole:
                return [(whole[1], whole[2])]
    return []


def _value(text: str) -> int:
    """Letters count from 10, as ISO 7064 has it."""
    return int("".join(str(int(character, 36)) for character in text))
