"""What lines and reasons say, in the language of a paper."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gateway.billing.barter import Barter
from gateway.billing.invoice import Invoice, InvoiceLine, LineKind
from gateway.billing.paper import Letterhead
from gateway.billing.tax import BASIS_POINTS, Selling
from gateway.kernel.money import Money

LINES: Mapping[str, Mapping[LineKind, str]] = MappingProxyType(
    {
        "en": MappingProxyType(
            {
                LineKind.USAGE: (
                    "Machine access to {collection}, tariff {tariff}"
                    " version {version}, bracket {bracket}"
                ),
                LineKind.IN_KIND: "Price reduction for a contribution: {text}",
                LineKind.WAIVER: "Usage beyond the prepaid balance, not charged",
                LineKind.MINIMUM: (
                    "Agreed minimum, as far as use leaves it open,"
                    " tariff {tariff} version {version}"
                ),
                LineKind.ROYALTY: (
                    "Royalty, basis: declared turnover,"
                    " tariff {tariff} version {version}"
                ),
                LineKind.REBATE: (
                    "Rebate for opened weights and data, on proof,"
                    " tariff {tariff} version {version}"
                ),
            }
        ),
        "fr": MappingProxyType(
            {
                LineKind.USAGE: (
                    "Accès automatisé à {collection}, tarif {tariff}"
                    " version {version}, tranche {bracket}"
                ),
                LineKind.IN_KIND: "Réduction de prix pour une contribution : {text}",
                LineKind.WAIVER: "Usage au-delà de la provision, non facturé",
                LineKind.MINIMUM: (
                    "Minimum convenu, pour la part que l’usage n’atteint pas,"
                    " tarif {tariff} version {version}"
                ),
                LineKind.ROYALTY: (
                    "Redevance, assiette : chiffre d’affaires déclaré,"
                    " tarif {tariff} version {version}"
                ),
                LineKind.REBATE: (
                    "Remise pour poids et données ouverts, sur preuve,"
                    " tarif {tariff} version {version}"
                ),
            }
        ),
    }
)

# What a VATEX code says, where we know the words of the law.
REASONS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "VATEX-EU-AE": MappingProxyType(
            {"en": "Reverse charge", "fr": "Autoliquidation"}
        ),
        "VATEX-EU-O": MappingProxyType(
            {
                "en": "Outside the scope of VAT",
                "fr": "Hors du champ d’application de la TVA",
            }
        ),
        "VATEX-FR-FRANCHISE": MappingProxyType(
            {
                "en": "VAT not applicable, article 293 B of the French tax code",
                "fr": "TVA non applicable, article 293 B du CGI",
            }
        ),
    }
)


def line_text(line: InvoiceLine, language: str) -> str:
    """What a line is for; as it was drafted where we have no words in *language*."""
    known = LINES.get(language, {}).get(line.kind)
    if known is None:
        return line.text
    return known.format(
        text=line.text,
        collection=line.collection,
        tariff=line.tariff,
        version=line.tariff_version,
        bracket=line.bracket + 1,
    )


def reason_text(code: str, text: str, language: str) -> str:
    """Why no VAT is charged: by its code where we know it, else as the seller says."""
    return REASONS.get(code, {}).get(language, text)


SET_OFF: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "en": MappingProxyType(
            {
                "set-off": (
                    "Settled by set-off (barter): {title} ({claim}), supplied by"
                    " {supplier}, {counter}: net {net}, VAT {rate} % {tax},"
                    " total {gross}.{reason}"
                ),
                "self-billed": "self-billed as {number}",
                "received": "their invoice {number}",
                "reason": " No VAT on it: {reason}.",
            }
        ),
        "fr": MappingProxyType(
            {
                "set-off": (
                    "Réglé par compensation (échange) : {title} ({claim}), fourni par"
                    " {supplier}, {counter} : HT {net}, TVA {rate} % {tax},"
                    " TTC {gross}.{reason}"
                ),
                "self-billed": "autofacturation {number}",
                "received": "sa facture {number}",
                "reason": " Sans TVA : {reason}.",
            }
        ),
    }
)


MANDATE = {
    "en": {
        Selling.FISCAL_HOST: (
            "{seller} invoices in its own name, as the fiscal host of {principal}."
            " Mandate: {mandate}."
        ),
        Selling.ALLIANCE: (
            "{seller} invoices in its own name, as the alliance that {principal} is a"
            " member of. Mandate: {mandate}."
        ),
    },
    "fr": {
        Selling.FISCAL_HOST: (
            "{seller} facture en son nom propre, comme hôte fiscal de {principal}."
            " Mandat : {mandate}."
        ),
        Selling.ALLIANCE: (
            "{seller} facture en son nom propre, comme alliance dont {principal} est"
            " membre. Mandat : {mandate}."
        ),
    },
}


def mandate_text(head: Letterhead, seller_name: str, language: str) -> str:
    """For whom the seller invoices, and by what right; empty where for itself.

    Args:
        head: The seller's letterhead.
        seller_name: As the paper names it.
        language: `en` or `fr`.
    """
    sentence = MANDATE[language].get(head.selling, "")
    if not head.principal:
        return ""
    return sentence.format(
        seller=seller_name, principal=head.principal, mandate=head.mandate.rstrip(".")
    )


def set_off_text(barter: Barter, invoice: Invoice, language: str) -> str:
    """What was supplied and set off, with its own VAT, in one sentence.

    Args:
        barter: What was set off.
        invoice: Against which invoice, with its number.
        language: `en` or `fr`.
    """
    words, taxed = SET_OFF[language], barter.taxed
    reason = reason_text(taxed.reason_code, taxed.reason, language).rstrip(".")
    counter = words["received" if barter.number else "self-billed"]
    whole, rest = divmod(taxed.rate_bp, BASIS_POINTS // 100)
    percent = f"{whole}.{rest:02d}".rstrip("0").rstrip(".")

    def told(minor: int) -> str:
        text = str(Money(minor, invoice.currency))
        return text.replace(".", ",") if language == "fr" else text

    return words["set-off"].format(
        title=barter.title,
        claim=barter.claim_id,
        supplier=invoice.buyer.name,
        counter=counter.format(number=barter.named(invoice.number)),
        net=told(barter.net_minor),
        rate=percent.replace(".", ",") if language == "fr" else percent,
        tax=told(barter.tax_minor),
        gross=told(barter.gross_minor),
        reason=words["reason"].format(reason=reason) if reason else "",
    )
