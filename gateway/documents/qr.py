"""EPC codes for SEPA transfers; the one module that knows segno.

Source:
    European Payments Council, EPC069-12, version 002. Error correction M, at most
    version 13; euros only.
"""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO

from segno.helpers import make_epc_qr

from gateway.billing.paper import Paper, PaperKind
from gateway.documents.figures import amount

NAME_CHARS_MAX = 70
AMOUNT_MINOR_MAX = 99_999_999_999
MODULE_SCALE = 4


def epc_code(paper: Paper) -> bytes:
    """A code to pay a paper with, as SVG; empty where it cannot be paid so."""
    payee = paper.payee
    is_owed = 0 < paper.due_minor <= AMOUNT_MINOR_MAX
    is_payable = paper.kind is PaperKind.INVOICE and payee.iban and payee.reference
    if not (is_payable and is_owed and paper.currency == "EUR"):
        return b""
    code = make_epc_qr(
        name=paper.seller.name[:NAME_CHARS_MAX],
        iban=payee.iban,
        amount=Decimal(amount(paper.due_minor, paper.currency)),
        reference=payee.reference,
        bic=payee.bic or None,
        encoding="utf-8",
    )
    drawn = BytesIO()
    code.save(drawn, kind="svg", scale=MODULE_SCALE, border=2, light="#ffffff")
    return drawn.getvalue()
