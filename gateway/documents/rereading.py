"""Reads a written document back, and says where it differs from its paper.

The paper's figures add up (`gateway.billing.paper_checks`); a document that says the
same figures adds up too, whatever its syntax.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation

from gateway.billing.paper import Paper
from gateway.documents.figures import amount, percent, price
from gateway.documents.markup import Part, found, name_of, parsed, text_at
from gateway.kernel.money import minor_digits

Figures = Mapping[str, str]

CII_LINE = {
    "position": "ram:AssociatedDocumentLineDocument/ram:LineID",
    "price": (
        "ram:SpecifiedLineTradeAgreement/ram:NetPriceProductTradePrice/ram:ChargeAmount"
    ),
    "base": (
        "ram:SpecifiedLineTradeAgreement/ram:NetPriceProductTradePrice"
        "/ram:BasisQuantity"
    ),
    "quantity": "ram:SpecifiedLineTradeDelivery/ram:BilledQuantity",
    "category": (
        "ram:SpecifiedLineTradeSettlement/ram:ApplicableTradeTax/ram:CategoryCode"
    ),
    "net": (
        "ram:SpecifiedLineTradeSettlement"
        "/ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount"
    ),
}
CII_SUMS = "ram:SpecifiedTradeSettlementHeaderMonetarySummation"
CII_TOTALS = {
    "number": "rsm:ExchangedDocument/ram:ID",
    "currency": ".//ram:InvoiceCurrencyCode",
    "net": f".//{CII_SUMS}/ram:TaxBasisTotalAmount",
    "tax": f".//{CII_SUMS}/ram:TaxTotalAmount",
    "gross": f".//{CII_SUMS}/ram:GrandTotalAmount",
    "paid": f".//{CII_SUMS}/ram:TotalPrepaidAmount",
    "due": f".//{CII_SUMS}/ram:DuePayableAmount",
}
CII_TAX = {
    "category": "ram:CategoryCode",
    "rate": "ram:RateApplicablePercent",
    "basis": "ram:BasisAmount",
    "tax": "ram:CalculatedAmount",
}
UBL_LINE = {
    "position": "cbc:ID",
    "price": "cac:Price/cbc:PriceAmount",
    "base": "cac:Price/cbc:BaseQuantity",
    "category": "cac:Item/cac:ClassifiedTaxCategory/cbc:ID",
    "net": "cbc:LineExtensionAmount",
}
UBL_TOTALS = {
    "number": "cbc:ID",
    "currency": "cbc:DocumentCurrencyCode",
    "net": "cac:LegalMonetaryTotal/cbc:TaxExclusiveAmount",
    "tax": "cac:TaxTotal/cbc:TaxAmount",
    "gross": "cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount",
    "paid": "cac:LegalMonetaryTotal/cbc:PrepaidAmount",
    "due": "cac:LegalMonetaryTotal/cbc:PayableAmount",
}
UBL_TAX = {
    "category": "cac:TaxCategory/cbc:ID",
    "rate": "cac:TaxCategory/cbc:Percent",
    "basis": "cbc:TaxableAmount",
    "tax": "cbc:TaxAmount",
}
CII_TAXES = (
    "./rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeSettlement"
    "/ram:ApplicableTradeTax"
)
# Where lines and VAT categories stand, and how each is read.
SHAPES: Mapping[str, tuple[str, str, tuple[Figures, Figures, Figures]]] = {
    "rsm:CrossIndustryInvoice": (
        ".//ram:IncludedSupplyChainTradeLineItem",
        CII_TAXES,
        (CII_LINE, CII_TAX, CII_TOTALS),
    ),
    "inv:Invoice": (
        "cac:InvoiceLine",
        "cac:TaxTotal/cac:TaxSubtotal",
        ({**UBL_LINE, "quantity": "cbc:InvoicedQuantity"}, UBL_TAX, UBL_TOTALS),
    ),
    "crn:CreditNote": (
        "cac:CreditNoteLine",
        "cac:TaxTotal/cac:TaxSubtotal",
        ({**UBL_LINE, "quantity": "cbc:CreditedQuantity"}, UBL_TAX, UBL_TOTALS),
    ),
}
AMOUNTS = frozenset({"net", "tax", "gross", "paid", "due", "basis"})


def differences(paper: Paper, content: bytes) -> Iterator[str]:
    """Where a document does not say what its paper says, a sentence each.

    Raises:
        InvalidValue: it is no XML.
    """
    root = parsed(content)
    kind = name_of(root)
    lines, taxes, (line, tax, totals) = SHAPES[kind]
    syntax = "CII" if kind.startswith("rsm") else "UBL"
    expected = _expected(paper)
    read = {
        "document": [_read(root, totals)],
        "line": [_read(each, line) for each in found(root, lines)],
        "VAT category": [_read(each, tax) for each in found(root, taxes)],
    }
    for what, wanted in expected.items():
        if len(read[what]) != len(wanted):
            yield f"the {syntax} has {len(read[what])} times {what}, not {len(wanted)}"
        for index, (is_there, ought) in enumerate(
            zip(read[what], wanted, strict=False), start=1
        ):
            yield from _compared(f"{syntax} {what} {index}", is_there, ought)
    yield from _decimals(syntax, paper, read)


def number_of(content: bytes) -> str:
    """The number a document calls itself by; empty where it has none.

    Raises:
        InvalidValue: it is no XML.
    """
    root = parsed(content)
    shape = SHAPES.get(name_of(root))
    return text_at(root, shape[2][2]["number"]) if shape else ""


def _compared(where: str, is_there: Figures, ought: Figures) -> Iterator[str]:
    for name, wanted in ought.items():
        if not _is_same(is_there[name], wanted):
            yield f"{where}: {name} is {is_there[name] or 'missing'}, not {wanted}"


def _decimals(
    syntax: str, paper: Paper, read: Mapping[str, list[dict[str, str]]]
) -> Iterator[str]:
    """No amount has more decimals than its currency (ISO 4217)."""
    digits_max = minor_digits(paper.currency)
    for what, rows in read.items():
        for row in rows:
            for name in AMOUNTS & set(row):
                if len(row[name].partition(".")[2]) > digits_max:
                    yield (
                        f"{syntax} {what}: {name} {row[name]} has more decimals than"
                        f" {paper.currency}"
                    )


def _read(root: Part, paths: Figures) -> dict[str, str]:
    return {name: text_at(root, path) for name, path in paths.items()}


def _is_same(one: str, other: str) -> bool:
    try:
        return Decimal(one or "0") == Decimal(other or "0")
    except InvalidOperation:
        return one == other


def _expected(paper: Paper) -> dict[str, list[dict[str, str]]]:
    def said(minor: int) -> str:
        return amount(minor, paper.currency)

    return {
        "document": [
            {
                "number": paper.number,
                "currency": paper.currency,
                "net": said(paper.net_minor),
                "tax": said(paper.tax_minor),
                "gross": said(paper.gross_minor),
                "paid": said(paper.paid_minor),
                "due": said(paper.due_minor),
            }
        ],
        "line": [
            {
                "position": str(line.position),
                "quantity": str(line.quantity),
                "price": price(line.price_micros),
                "base": str(line.base_quantity),
                "category": line.category,
                "net": said(line.net_minor),
            }
            for line in paper.lines
        ],
        "VAT category": [
            {
                "category": each.category,
                "rate": percent(each.rate_bp),
                "basis": said(each.basis_minor),
                "tax": said(each.tax_minor),
            }
            for each in paper.taxes
        ],
    }
