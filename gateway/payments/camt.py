"""Bank statements as ISO 20022 writes them: camt.053, versions 02 to 12.

Names are read without their namespace, because only it differs between the versions,
and a few elements that later ones nest deeper. Everything else of a statement stays
unread. A statement that does not add up is refused whole.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from gateway.billing.bank import Direction, Movement
from gateway.kernel.clock import US_PER_S
from gateway.kernel.errors import InvalidValue, NotFound
from gateway.kernel.money import Money, minor_digits

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

FILE_BYTES_MAX = 64 * 1024 * 1024
AMOUNT = re.compile(r"^([0-9]{1,15})(?:\.([0-9]{1,5}))?$")
OPENING, CLOSING = ("OPBD", "PRCD"), "CLBD"
BOOKED = "BOOK"
NAMELESS = frozenset({"NOTPROVIDED", "NONREF"})
"""What ISO 20022 and its forerunner write where nobody gave a reference."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of an account.

    Attributes:
        id: The bank's name for it.
        account: IBAN or number.
        movements: What was booked, in the bank's order.
    """

    id: str
    account: str
    movements: tuple[Movement, ...]


def read_file(path: Path) -> tuple[Statement, ...]:
    """Read the statements of a file.

    Raises:
        InvalidValue: it is no camt.053, is too large, or does not add up.
        NotFound: there is no such file.
    """
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            detail = f"{path} is larger than {FILE_BYTES_MAX // 2**20} MiB"
            raise InvalidValue(detail)
        return read(path.read_bytes(), name=str(path))
    except FileNotFoundError:
        detail = f"there is no file {path}"
        raise NotFound(detail) from None


def read(document: bytes, *, name: str = "the statement") -> tuple[Statement, ...]:
    """Read the statements of a document.

    Args:
        document: XML; a DTD is refused.
        name: What to call it in a message.

    Raises:
        InvalidValue: it is no camt.053, or a statement in it does not add up.
    """
    try:
        root = ElementTree.fromstring(document, forbid_dtd=True)
    except ElementTree.ParseError as fault:
        line, column = fault.position
        detail = f"{name}:{line}:{column + 1} is no XML; export the statement again"
        raise InvalidValue(detail) from None
    except DefusedXmlException:
        detail = f"{name} holds a DTD or entities, which no bank statement does"
        raise InvalidValue(detail) from None
    found = [each for each in root.iter() if _local(each) == "Stmt"]
    if not found:
        detail = f"{name} holds no statement; camt.053 is needed, not camt.052 or MT940"
        raise InvalidValue(detail)
    return tuple(_statement(each, name) for each in found)


def _statement(element: Element, name: str) -> Statement:
    called = _text(element, "Id") or "without an id"
    account = _text(element, "Acct", "Id", "IBAN") or _text(
        element, "Acct", "Id", "Othr", "Id"
    )
    if not account:
        detail = f"{name}, statement {called}: it names no account"
        raise InvalidValue(detail)
    account = "".join(account.split())
    place = f"{name}, statement {called}"
    entries = [
        entry for entry in _children(element, "Ntry") if _status(entry) == BOOKED
    ]
    _assert_adds_up(element, entries, place)
    movements = (
        movement for entry in entries for movement in _movements(entry, account, place)
    )
    return Statement(called, account, tuple(_told_apart(movements)))


def _movements(entry: Element, account: str, place: str) -> Iterator[Movement]:
    """The movements of an entry: one for each payment in it."""
    details = [
        each
        for group in _children(entry, "NtryDtls")
        for each in _children(group, "TxDtls")
    ]
    whole = _amount(_child(entry, "Amt"), place)
    if not whole.minor:  # a note of the bank's: nothing moved
        return
    parts = [_part_amount(each, place) for each in details]
    if len(details) > 1 and None not in parts:
        amounts = [part for part in parts if part is not None]
        if all(one.currency == whole.currency for one in amounts) and whole.minor == (
            sum(one.minor for one in amounts)
        ):
            for detail, amount in zip(details, amounts, strict=True):
                if not amount.minor:
                    continue
                yield _movement(entry, [detail], account, amount=amount, place=place)
            return
    yield _movement(entry, details, account, amount=whole, place=place)


def _movement(
    entry: Element,
    details: list[Element],
    account: str,
    *,
    amount: Money,
    place: str,
) -> Movement:
    is_in = _text(entry, "CdtDbtInd") == "CRDT"
    is_reversal = _text(entry, "RvslInd") == "true"
    side = "Dbtr" if is_in else "Cdtr"
    own = _first(details, "Refs", "AcctSvcrRef") if len(details) == 1 else ""
    own = _named(own) or _named(_text(entry, "AcctSvcrRef"))
    told: dict[str, Any] = {
        "end_to_end": _named(_first(details, "Refs", "EndToEndId")),
        "creditor_reference": _joined(details, "RmtInf", "Strd", "CdtrRefInf", "Ref"),
        "text": _joined(details, "RmtInf", "Ustrd"),
        **_party(details, side),
    }
    booked_us = _booked_us(entry, place)
    reference = own or _digest(str(amount), is_in, booked_us, *told.values())
    if is_reversal:
        told |= _other_party(details, account, is_in=is_in)
    return Movement(
        account=account,
        reference=reference,
        amount=amount,
        direction=Direction.IN if is_in else Direction.OUT,
        is_reversal=is_reversal,
        booked_us=booked_us,
        **told,
    )


def _named(text: str) -> str:
    """A name that a bank gave; empty where it only says that there is none."""
    return "" if text in NAMELESS else text


def _party(details: list[Element], side: str) -> dict[str, str]:
    """Who stands on a side of a payment."""
    return {
        "name": _first(details, "RltdPties", side, "Nm")
        or _first(details, "RltdPties", side, "Pty", "Nm"),
        "counterpart": _first(details, "RltdPties", f"{side}Acct", "Id", "IBAN"),
    }


def _other_party(
    details: list[Element], account: str, *, is_in: bool
) -> dict[str, str]:
    """Who is at the other end of what is taken back.

    Parties keep the roles they had in the payment, so who had paid is the debtor though
    the money goes out now; some banks turn them round, and then we are.
    """
    found = [_party(details, side) for side in ("Dbtr", "Cdtr")]
    if is_in:
        found.reverse()
    others = [
        one
        for one in found
        if any(one.values()) and "".join(one["counterpart"].split()) != account
    ]
    return others[0] if others else {"name": "", "counterpart": ""}


def _digest(*parts: object) -> str:
    """A name for what the bank gave none; the same in every export."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


def _told_apart(movements: Iterator[Movement]) -> Iterator[Movement]:
    """Number what one statement gives the same reference."""
    seen: Counter[str] = Counter()
    for movement in movements:
        seen[movement.reference] += 1
        times = seen[movement.reference]
        if times == 1:
            yield movement
        else:
            yield replace(movement, reference=f"{movement.reference}/{times}")


def _assert_adds_up(element: Element, entries: list[Element], place: str) -> None:
    """Opening balance and entries are the closing balance, where both are told.

    Raises:
        InvalidValue: they are not; a page of the statement is missing.
    """
    balances: dict[str, Money] = {}
    for balance in _children(element, "Bal"):
        code = _text(balance, "Tp", "CdOrPrtry", "Cd")
        amount = _amount(_child(balance, "Amt"), place)
        balances[code] = Money(_signed(balance, amount), amount.currency)
    opening = next((balances[code] for code in OPENING if code in balances), None)
    closing = balances.get(CLOSING)
    if opening is None or closing is None:
        return
    amounts = [(entry, _amount(_child(entry, "Amt"), place)) for entry in entries]
    total = opening.minor + sum(_signed(entry, amount) for entry, amount in amounts)
    if total != closing.minor:
        detail = (
            f"{place}: opening balance and entries make"
            f" {Money(total, opening.currency)}, the closing balance is {closing};"
            " a page or an entry is missing, export the statement again"
        )
        raise InvalidValue(detail)


def _signed(element: Element, amount: Money) -> int:
    return amount.minor if _text(element, "CdtDbtInd") == "CRDT" else -amount.minor


def _status(entry: Element) -> str:
    return _text(entry, "Sts") or _text(entry, "Sts", "Cd")


def _part_amount(detail: Element, place: str) -> Money | None:
    """What a payment within an entry comes to; version 02 says it deeper."""
    told = [*_within(detail, "Amt"), *_within(detail, "AmtDtls", "TxAmt", "Amt")]
    return _amount(told[0], place) if told else None


def _amount(element: Element | None, place: str) -> Money:
    """An amount in whole minor units.

    Raises:
        InvalidValue: there is none, or it is finer than its currency.
    """
    text = (element.text or "").strip() if element is not None else ""
    currency = element.get("Ccy", "") if element is not None else ""
    shaped = AMOUNT.match(text)
    if not shaped:
        detail = f"{place}: {text!r} is no amount"
        raise InvalidValue(detail)
    digits = minor_digits(currency)
    decimals = (shaped[2] or "").rstrip("0")
    if len(decimals) > digits:
        detail = f"{place}: {text} {currency} is finer than the currency"
        raise InvalidValue(detail)
    return Money(int(shaped[1] + decimals.ljust(digits, "0")), currency)


def _booked_us(entry: Element, place: str) -> int:
    """When it was booked; the start of the day, UTC, where only that is told."""
    day, instant = _text(entry, "BookgDt", "Dt"), _text(entry, "BookgDt", "DtTm")
    try:
        if instant:
            at = datetime.fromisoformat(instant)
            at = at if at.tzinfo else at.replace(tzinfo=UTC)
        else:
            at = datetime.combine(
                date.fromisoformat(day[:10]), datetime.min.time(), UTC
            )
    except ValueError:
        detail = f"{place}: an entry says no day on which it was booked"
        raise InvalidValue(detail) from None
    return int(at.timestamp()) * US_PER_S


def _joined(details: list[Element], *path: str) -> str:
    found = (
        (line.text or "").strip() for each in details for line in _within(each, *path)
    )
    return " ".join(text for text in found if text)


def _first(details: list[Element], *path: str) -> str:
    return next((text for each in details if (text := _text(each, *path))), "")


def _text(element: Element, *path: str) -> str:
    found = next(_within(element, *path), None)
    return (found.text or "").strip() if found is not None else ""


def _within(element: Element, *path: str) -> Iterator[Element]:
    """Every element at the end of a path of local names."""
    name, *rest = path
    for child in _children(element, name):
        if rest:
            yield from _within(child, *rest)
        else:
            yield child


def _child(element: Element, name: str) -> Element | None:
    return next(_children(element, name), None)


def _children(element: Element, name: str) -> Iterator[Element]:
    return (child for child in element if _local(child) == name)


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]
