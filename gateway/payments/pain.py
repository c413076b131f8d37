"""SEPA credit transfers as ISO 20022 writes them: pain.001.001.09, through sepaxml.

The library asks clock and chance for three names; they are put right here, so that the
same orders give the same bytes. The result is held to the schema the library ships.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from defusedxml import ElementTree

from gateway.fund.payout_order import Order, PayoutFile
from gateway.fund.payout_ports import Payee
from gateway.kernel.clock import US_PER_S
from gateway.kernel.errors import InvalidValue, Misconfigured

if TYPE_CHECKING:
    from sepaxml import SepaTransfer

SCHEMA = "pain.001.001.09"
NAMESPACE = f"urn:iso:std:iso:20022:tech:xsd:{SCHEMA}"
NAME_CHARS_MAX = 70
ABOUT = "Commons fund"
ABOUT_CHARS_MAX = 140


@dataclass(frozen=True, slots=True)
class Debtor:
    """Whose account is paid from.

    Attributes:
        name: As the bank knows it.
        iban: Its account.
        bic: Of its bank, or empty.
    """

    name: str
    iban: str
    bic: str = ""


class SepaPen:
    """Writes payout files; a `gateway.fund.payout_ports.PayoutPen`."""

    def __init__(self, debtor: Debtor) -> None:
        self._debtor = debtor

    def write(self, made: PayoutFile, accounts: Mapping[str, Payee]) -> bytes:
        """The file; see the port."""
        debtor = self._debtor
        if not debtor.iban or not debtor.name:
            detail = (
                "no account to pay from: set invoicing.name and invoicing.iban in"
                " gateway.yaml"
            )
            raise Misconfigured(detail)
        config = {
            "name": debtor.name[:NAME_CHARS_MAX],
            "IBAN": debtor.iban,
            "batch": False,  # each is booked by itself, so the statement says its id
            "currency": made.total.currency,
            **({"BIC": debtor.bic} if debtor.bic else {}),
        }
        transfer = _transfer(config)
        for one in made.orders:
            payee = accounts[one.contributor_id]
            transfer.add_payment(
                {
                    "name": payee.name[:NAME_CHARS_MAX],
                    "IBAN": payee.iban,
                    "amount": one.amount.minor,
                    "execution_date": date.fromisoformat(made.execution_on),
                    "description": _about(one, payee),
                    "endtoend_id": one.end_to_end,
                }
            )
        return _valid(_named(transfer.export(validate=False), made))


def _about(order: Order, payee: Payee) -> str:
    """What stands on the account: for whom, where a mutual takes it."""
    whose = f" for {payee.on_behalf_of}" if payee.on_behalf_of else ""
    return f"{ABOUT} {order.end_to_end}{whose}"[:ABOUT_CHARS_MAX]


def _transfer(config: dict[str, object]) -> SepaTransfer:
    try:
        from sepaxml import SepaTransfer  # noqa: PLC0415  an extra
    except ModuleNotFoundError:
        detail = "payout files need the extra: pip install copyfair-gateway[invoices]"
        raise Misconfigured(detail) from None
    return SepaTransfer(config, schema=SCHEMA, clean=True)


def _named(document: bytes, made: PayoutFile) -> bytes:
    """Our names and time in the place of those drawn by chance and clock."""
    root = ElementTree.fromstring(document)
    at = datetime.fromtimestamp(made.made_us // US_PER_S, UTC)
    _only(root, "MsgId").text = made.id
    _only(root, "CreDtTm").text = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    for number, each in enumerate(root.iter(_tag("PmtInfId")), start=1):
        each.text = f"{made.id}-{number}"
    for agent in root.iter(_tag("DbtrAgt")):
        institution = _only(agent, "FinInstnId")
        if len(institution) == 0:  # banks want to be told that none is
            other = SubElement(institution, _tag("Othr"))
            SubElement(other, _tag("Id")).text = "NOTPROVIDED"
    register_namespace("", NAMESPACE)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _valid(document: bytes) -> bytes:
    from sepaxml.validation import (  # noqa: PLC0415  an extra
        ValidationError,
        try_valid_xml,
    )

    try:
        try_valid_xml(document, SCHEMA)
    except ValidationError as fault:
        detail = f"the payout file would not be valid: {fault.__cause__ or fault}"
        raise InvalidValue(detail) from None
    return document


def _only(root: Element, name: str) -> Element:
    return next(root.iter(_tag(name)))


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"
