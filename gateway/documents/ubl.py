"""UBL 2.1 (OASIS): Invoice and CreditNote, as EN 16931 binds them."""

from __future__ import annotations

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


def ubl(paper: Paper) -> bytes:
    """A paper as UBL; the same bytes for the same paper."""
    is_note = paper.kind is PaperKind.CREDIT_NOTE
    prefix, kind = ("crn", "CreditNote") if is_note else ("inv", "Invoice")
    due = paper.due_us
    root = part(
        f"{prefix}:{kind}",
        part("cbc:CustomizationID", PROFILE),
        part("cbc:ID", paper.number),
        part("cbc:IssueDate", day(paper.issued_us).isoformat()),
        None if due is None else part("cbc:DueDate", day(due).isoformat()),
        part(f"cbc:{kind}TypeCode", CREDIT_NOTE if is_note else INVOICE),
        said("cbc:Note", paper.note),
        part("cbc:DocumentCurrencyCode", paper.currency),
        said("cbc:BuyerReference", paper.buyer_reference),
        _span(paper.span),
        part("cac:OrderReference", part("cbc:ID", paper.purchase_order))
        if paper.purchase_order
        else None,
        _corrected(paper),
        part("cac:ContractDocumentReference", part("cbc:ID", paper.agreement_id)),
        _party("cac:AccountingSupplierParty", paper, paper.seller),
        _party("cac:AccountingCustomerParty", paper, paper.buyer),
        _means(paper),
        None
        if due is None
        else part("cac:PaymentTerms", part("cbc:Note", terms(paper))),
        part(
            "cac:TaxTotal",
            _amount("TaxAmount", paper.tax_minor, paper.currency),
            *(_tax(each, paper.currency) for each in paper.taxes),
        ),
        _totals(paper),
        *(_line(line, paper.currency, is_note=is_note) for line in paper.lines),
    )
    return written(root, prefix, "cac", "cbc")


def _span(span: Period) -> Part:
    first, last = days(span)
    return part(
        "cac:InvoicePeriod",
        part("cbc:StartDate", first.isoformat()),
        part("cbc:EndDate", last.isoformat()),
    )


def _corrected(paper: Paper) -> Part | None:
    if paper.corrects is None:
        return None
    return part(
        "cac:BillingReference",
        part(
            "cac:InvoiceDocumentReference",
            part("cbc:ID", paper.corrects.number),
            part("cbc:IssueDate", day(paper.corrects.issued_us).isoformat()),
        ),
    )


def _party(name: str, paper: Paper, party: PaperParty) -> Part:
    vat_id = "" if hides_vat_ids(paper) else party.vat_id
    is_seller = party is paper.seller
    shown = vat_id or party.register_number or not is_seller
    other = "" if shown else party.tax_id or party.vat_id
    return part(
        name,
        part(
            "cac:Party",
            said("cbc:EndpointID", party.email, schemeID="EM"),
            part("cac:PartyIdentification", part("cbc:ID", other)) if other else None,
            part(
                "cac:PostalAddress",
                said("cbc:StreetName", party.street),
                said("cbc:CityName", party.city),
                said("cbc:PostalZone", party.postcode),
                part("cac:Country", said("cbc:IdentificationCode", party.country)),
            ),
            _registration("VAT", vat_id),
            _registration("TAX", party.tax_id),
            part(
                "cac:PartyLegalEntity",
                part("cbc:RegistrationName", party.name),
                said("cbc:CompanyID", party.register_number),
            ),
        ),
    )


def _registration(scheme: str, number: str) -> Part | None:
    if not number:
        return None
    return part("cac:PartyTaxScheme", part("cbc:CompanyID", number), _scheme(scheme))


def _scheme(name: str = "VAT") -> Part:
    return part("cac:TaxScheme", part("cbc:ID", name))


def _means(paper: Paper) -> Part:
    payee = paper.payee
    return part(
        "cac:PaymentMeans",
        part("cbc:PaymentMeansCode", means(paper)),
        said("cbc:PaymentID", payee.reference),
        part(
            "cac:PayeeFinancialAccount",
            part("cbc:ID", payee.iban),
            part("cbc:Name", paper.seller.name),
            part("cac:FinancialInstitutionBranch", part("cbc:ID", payee.bic))
            if payee.bic
            else None,
        )
        if payee.iban
        else None,
    )


def _tax(tax: PaperTax, currency: str) -> Part:
    return part(
        "cac:TaxSubtotal",
        _amount("TaxableAmount", tax.basis_minor, currency),
        _amount("TaxAmount", tax.tax_minor, currency),
        part(
            "cac:TaxCategory",
            part("cbc:ID", tax.category),
            _rate(tax.category, tax.rate_bp),
            said("cbc:TaxExemptionReasonCode", tax.reason_code),
            said("cbc:TaxExemptionReason", tax.reason),
            _scheme(),
        ),
    )


def _rate(category: str, rate_bp: int) -> Part | None:
    """Outside the scope of VAT there is no rate, not even 0 (BR-O-05)."""
    return None if category == "O" else part("cbc:Percent", percent(rate_bp))


def _totals(paper: Paper) -> Part:
    currency = paper.currency
    return part(
        "cac:LegalMonetaryTotal",
        _amount("LineExtensionAmount", paper.net_minor, currency),
        _amount("TaxExclusiveAmount", paper.net_minor, currency),
        _amount("TaxInclusiveAmount", paper.gross_minor, currency),
        _amount("PrepaidAmount", paper.paid_minor, currency)
        if paper.paid_minor
        else None,
        _amount("PayableAmount", paper.due_minor, currency),
    )


def _line(line: PaperLine, currency: str, *, is_note: bool) -> Part:
    unit = unit_code(line)
    kind, counted = (
        ("CreditNoteLine", "CreditedQuantity")
        if is_note
        else ("InvoiceLine", "InvoicedQuantity")
    )
    return part(
        f"cac:{kind}",
        part("cbc:ID", str(line.position)),
        part(f"cbc:{counted}", str(line.quantity), unitCode=unit),
        _amount("LineExtensionAmount", line.net_minor, currency),
        _span(line.span),
        part(
            "cac:Item",
            part("cbc:Name", line.text),
            part(
                "cac:ClassifiedTaxCategory",
                part("cbc:ID", line.category),
                _rate(line.category, line.rate_bp),
                _scheme(),
            ),
        ),
        part(
            "cac:Price",
            part("cbc:PriceAmount", price(line.price_micros), currencyID=currency),
            part("cbc:BaseQuantity", str(line.base_quantity), unitCode=unit),
        ),
    )


def _amount(name: str, minor: int, currency: str) -> Part:
    return part(f"cbc:{name}", amount(minor, currency), currencyID=currency)
