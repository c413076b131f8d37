"""Cross Industry Invoice (UN/CEFACT), in the EN 16931 profile of Factur-X."""

from __future__ import annotations

from datetime import date

from gateway.billing.paper import (
    Paper,
    PaperKind,
    PaperLine,
    PaperParty,
    PaperTax,
)
from gateway.documents.figures import (
    CREDIT_NOTE,
    INVOICE,
    PROFILE,
    amount,
    day,
    days,
    hides_vat_ids,
    means,
    percent,
    price,
    unit_code,
)
from gateway.documents.markup import Part, part, said, written
from gateway.documents.words import terms
from gateway.kernel.period import Period

MEANS = "ram:SpecifiedTradeSettlementPaymentMeans"


def cii(paper: Paper) -> bytes:
    """A paper as CII; the same bytes for the same paper."""
    is_note = paper.kind is PaperKind.CREDIT_NOTE
    root = part(
        "rsm:CrossIndustryInvoice",
        part(
            "rsm:ExchangedDocumentContext",
            part(
                "ram:GuidelineSpecifiedDocumentContextParameter",
                part("ram:ID", PROFILE),
            ),
        ),
        part(
            "rsm:ExchangedDocument",
            part("ram:ID", paper.number),
            part("ram:TypeCode", CREDIT_NOTE if is_note else INVOICE),
            part("ram:IssueDateTime", _date("udt", day(paper.issued_us))),
            part("ram:IncludedNote", part("ram:Content", paper.note))
            if paper.note
            else None,
        ),
        part(
            "rsm:SupplyChainTradeTransaction",
            *(_line(line, paper.currency) for line in paper.lines),
            _agreement(paper),
            part("ram:ApplicableHeaderTradeDelivery"),
            _settlement(paper),
        ),
    )
    return written(root, "rsm", "ram", "udt", "qdt")


def _line(line: PaperLine, currency: str) -> Part:
    unit = unit_code(line)
    return part(
        "ram:IncludedSupplyChainTradeLineItem",
        part(
            "ram:AssociatedDocumentLineDocument",
            part("ram:LineID", str(line.position)),
        ),
        part("ram:SpecifiedTradeProduct", part("ram:Name", line.text)),
        part(
            "ram:SpecifiedLineTradeAgreement",
            part(
                "ram:NetPriceProductTradePrice",
                part("ram:ChargeAmount", price(line.price_micros)),
                part("ram:BasisQuantity", str(line.base_quantity), unitCode=unit),
            ),
        ),
        part(
            "ram:SpecifiedLineTradeDelivery",
            part("ram:BilledQuantity", str(line.quantity), unitCode=unit),
        ),
        part(
            "ram:SpecifiedLineTradeSettlement",
            part(
                "ram:ApplicableTradeTax",
                part("ram:TypeCode", "VAT"),
                part("ram:CategoryCode", line.category),
                _rate(line.category, line.rate_bp),
            ),
            _span(line.span),
            part(
                "ram:SpecifiedTradeSettlementLineMonetarySummation",
                part("ram:LineTotalAmount", amount(line.net_minor, currency)),
            ),
        ),
    )


def _agreement(paper: Paper) -> Part:
    hides = hides_vat_ids(paper)
    order = paper.purchase_order
    return part(
        "ram:ApplicableHeaderTradeAgreement",
        said("ram:BuyerReference", paper.buyer_reference),
        _party("ram:SellerTradeParty", paper.seller, hides=hides, is_seller=True),
        _party("ram:BuyerTradeParty", paper.buyer, hides=hides),
        part("ram:BuyerOrderReferencedDocument", part("ram:IssuerAssignedID", order))
        if order
        else None,
        part(
            "ram:ContractReferencedDocument",
            part("ram:IssuerAssignedID", paper.agreement_id),
        ),
    )


def _party(
    name: str, party: PaperParty, *, hides: bool, is_seller: bool = False
) -> Part:
    vat_id = "" if hides else party.vat_id
    # BR-CO-26: a seller is known by one number at least.
    shown = vat_id or party.register_number or not is_seller
    register = party.register_number
    return part(
        name,
        None if shown else said("ram:ID", party.tax_id or party.vat_id),
        part("ram:Name", party.name),
        part("ram:SpecifiedLegalOrganization", part("ram:ID", register))
        if register
        else None,
        part(
            "ram:PostalTradeAddress",
            said("ram:PostcodeCode", party.postcode),
            said("ram:LineOne", party.street),
            said("ram:CityName", party.city),
            said("ram:CountryID", party.country),
        ),
        part(
            "ram:URIUniversalCommunication",
            part("ram:URIID", party.email, schemeID="EM"),
        )
        if party.email
        else None,
        _registration("FC", party.tax_id),
        _registration("VA", vat_id),
    )


def _registration(scheme: str, number: str) -> Part | None:
    if not number:
        return None
    named = part("ram:ID", number, schemeID=scheme)
    return part("ram:SpecifiedTaxRegistration", named)


def _settlement(paper: Paper) -> Part:
    return part(
        "ram:ApplicableHeaderTradeSettlement",
        said("ram:PaymentReference", paper.payee.reference),
        part("ram:InvoiceCurrencyCode", paper.currency),
        _means(paper),
        *(_tax(each, paper.currency) for each in paper.taxes),
        _span(paper.span),
        _due(paper),
        _totals(paper),
        _corrected(paper),
    )


def _means(paper: Paper) -> Part:
    payee = paper.payee
    if not payee.iban:
        return part(MEANS, part("ram:TypeCode", means(paper)))
    return part(
        MEANS,
        part("ram:TypeCode", means(paper)),
        part(
            "ram:PayeePartyCreditorFinancialAccount",
            part("ram:IBANID", payee.iban),
            part("ram:AccountName", paper.seller.name),
        ),
        part(
            "ram:PayeeSpecifiedCreditorFinancialInstitution",
            part("ram:BICID", payee.bic),
        )
        if payee.bic
        else None,
    )


def _tax(tax: PaperTax, currency: str) -> Part:
    return part(
        "ram:ApplicableTradeTax",
        part("ram:CalculatedAmount", amount(tax.tax_minor, currency)),
        part("ram:TypeCode", "VAT"),
        said("ram:ExemptionReason", tax.reason),
        part("ram:BasisAmount", amount(tax.basis_minor, currency)),
        part("ram:CategoryCode", tax.category),
        said("ram:ExemptionReasonCode", tax.reason_code),
        _rate(tax.category, tax.rate_bp),
    )


def _rate(category: str, rate_bp: int) -> Part | None:
    """Outside the scope of VAT there is no rate, not even 0 (BR-O-05)."""
    if category == "O":
        return None
    return part("ram:RateApplicablePercent", percent(rate_bp))


def _due(paper: Paper) -> Part | None:
    if paper.due_us is None:
        return None
    due = day(paper.due_us)
    return part(
        "ram:SpecifiedTradePaymentTerms",
        part("ram:Description", terms(paper)),
        part("ram:DueDateDateTime", _date("udt", due)),
    )


def _totals(paper: Paper) -> Part:
    def total(name: str, minor: int, **attributes: str) -> Part:
        return part(f"ram:{name}", amount(minor, paper.currency), **attributes)

    return part(
        "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
        total("LineTotalAmount", paper.net_minor),
        total("TaxBasisTotalAmount", paper.net_minor),
        total("TaxTotalAmount", paper.tax_minor, currencyID=paper.currency),
        total("GrandTotalAmount", paper.gross_minor),
        total("TotalPrepaidAmount", paper.paid_minor) if paper.paid_minor else None,
        total("DuePayableAmount", paper.due_minor),
    )


def _corrected(paper: Paper) -> Part | None:
    if paper.corrects is None:
        return None
    issued = day(paper.corrects.issued_us)
    return part(
        "ram:InvoiceReferencedDocument",
        part("ram:IssuerAssignedID", paper.corrects.number),
        part("ram:FormattedIssueDateTime", _date("qdt", issued)),
    )


def _span(span: Period) -> Part:
    first, last = days(span)
    return part(
        "ram:BillingSpecifiedPeriod",
        part("ram:StartDateTime", _date("udt", first)),
        part("ram:EndDateTime", _date("udt", last)),
    )


def _date(prefix: str, when: date) -> Part:
    return part(f"{prefix}:DateTimeString", f"{when:%Y%m%d}", format="102")
