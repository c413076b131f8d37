"""Payout files: the real schema, the same bytes each time, and nothing left out."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files

import pytest
import xmlschema
from defusedxml import ElementTree

from gateway.fund.payout_order import Order, PayoutFile
from gateway.fund.payout_ports import Payee
from gateway.kernel.errors import InvalidValue, Misconfigured
from gateway.kernel.money import Money
from gateway.payments.pain import NAMESPACE, SCHEMA, Debtor, SepaPen

IBAN = "FR7630006000011234567890189"
ARCHIVE = Debtor("Archive Commons", "DE02120300000000202051")
MADE = PayoutFile(
    "MSG-01K9ZZZZZZZZZZZZZZZZZZZZZZ",
    "2026-12-01",
    1_795_000_000_000_000,
    (
        Order("PYO-1", "MSG-1", "pty_1", Money(1_250, "EUR")),
        Order("PYO-2", "MSG-1", "pty_2", Money(5, "EUR")),
    ),
)
ACCOUNTS = {
    "pty_1": Payee("Zoë Größe & Fils", IBAN),
    "pty_2": Payee("Mutuelle", IBAN, on_behalf_of="Amina"),
}


def told(document: bytes, *names: str) -> list[str]:
    """The texts of every element of that name, in their order."""
    root = ElementTree.fromstring(document)
    return [
        each.text or ""
        for name in names
        for each in root.iter(f"{{{NAMESPACE}}}{name}")
    ]


@pytest.mark.parametrize("bic", ["", "BYLADEM1001"])
def test_a_file_is_what_the_schema_says_and_the_same_each_time(bic: str) -> None:
    pen = SepaPen(replace(ARCHIVE, bic=bic))
    document = pen.write(MADE, ACCOUNTS)
    schema = files("sepaxml") / "schemas" / f"{SCHEMA}.xsd"
    xmlschema.XMLSchema(str(schema)).validate(document.decode())
    assert document == pen.write(MADE, ACCOUNTS)
    assert told(document, "MsgId") == [MADE.id]
    assert told(document, "EndToEndId") == ["PYO-1", "PYO-2"]
    assert told(document, "InstdAmt") == ["12.50", "0.05"]
    assert told(document, "CtrlSum") == ["12.55", "12.50", "0.05"]
    assert told(document, "Dt") == ["2026-12-01", "2026-12-01"]
    assert told(document, "BtchBookg") == ["false", "false"]
    assert told(document, "PmtInfId") == [f"{MADE.id}-1", f"{MADE.id}-2"]
    assert told(document, "CreDtTm") == ["2026-11-18T11:06:40Z"]
    assert bool(told(document, "BICFI")) == bool(bic)


def test_banks_get_the_letters_they_take() -> None:
    document = SepaPen(ARCHIVE).write(MADE, ACCOUNTS)
    assert told(document, "Nm")[2] == "Zoe Grosse & Fils"
    assert told(document, "Ustrd") == [
        "Commons fund PYO-1",
        "Commons fund PYO-2 for Amina",
    ]


def test_no_file_is_written_without_an_account_to_pay_from_or_one_to_pay_to() -> None:
    with pytest.raises(Misconfigured, match=r"invoicing\.iban"):
        SepaPen(Debtor("Archive", "")).write(MADE, ACCOUNTS)
    with pytest.raises(InvalidValue, match="not be valid"):
        SepaPen(ARCHIVE).write(
            MADE, {**ACCOUNTS, "pty_2": Payee("Amina", "not an IBAN")}
        )


def test_orders_that_cannot_be_are_refused() -> None:
    for wrong in (Money(0, "EUR"), Money(5, "CHF")):
        with pytest.raises(InvalidValue):
            Order("PYO-1", "MSG-1", "pty_1", wrong)
    for name in ("", "P" * 36):
        with pytest.raises(InvalidValue):
            Order(name, "MSG-1", "pty_1", Money(1, "EUR"))
    with pytest.raises(InvalidValue):
        PayoutFile("MSG-1", "2026-12-01", 1, ())
