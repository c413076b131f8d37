"""/license.xml: the policies in force as one RSL 1.0 document.

One `content` per collection and path, each with alternative licences: what is free
for everybody, what is free for those the rules let use it freely, and what can be
licensed for payment. RSL may be more generous than the other labels only inside a
licence that names a user class or a payment, because the others cannot.
A `license` without `payment` would be free (RSL 1.0), so each that permits states
one. An offer that nobody can accept (below `licence_mode: offer`, or without a
tariff) is no payment: it becomes a prohibition with a contact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from xml.etree import ElementTree as ET

from gateway.licensing.collection import Collection, Rights
from gateway.licensing.tariff import Metered, Tariff
from gateway.terms.statements import Said, Statement
from gateway.terms.vocabularies import path_patterns

NAMESPACE = "https://rslstandard.org/rsl"
MEDIA_TYPE = "application/rsl+xml"
MAX_AGE_DAYS = 1
"""RSL's own default is 30; a change of policy should be known the next day."""
MICROS = 1_000_000
AMOUNT_DIGITS = 12
AI_USES = {"ai_input": "ai-input ai-index", "ai_train": "ai-train"}
FREE_LICENCES = ("CC0-1.0", "CC-PDM-1.0", "CC-PDDC", "PDDL-1.0")


@dataclass(frozen=True, slots=True)
class Published:
    """One collection as the document shows it.

    Attributes:
        statement: What it says.
        tariff: At which prices, or None.
        offer_href: Where its offer can be read.
        is_open: Whether acceptances are taken now.
    """

    statement: Statement
    tariff: Tariff | None
    offer_href: str
    is_open: bool = True

    @property
    def can_be_accepted(self) -> bool:
        """Could somebody accept the offer? Else there is only the contact."""
        return self.is_open and self.tariff is not None


def licence_document(published: Sequence[Published]) -> bytes:
    """The document, in UTF-8 with its declaration.

    Args:
        published: One or more collections, the most specific first.
    """
    root = ET.Element("rsl", {"xmlns": NAMESPACE, "max-age": str(MAX_AGE_DAYS)})
    for one in published:
        for pattern in path_patterns(one.statement.collection):
            _content(root, one, pattern)
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _content(root: ET.Element, one: Published, pattern: str) -> None:
    collection = one.statement.collection
    content = ET.SubElement(root, "content", {"url": pattern})
    _free_for_all(content, one)
    _free_for_some(content, one)
    if one.statement.is_offered and one.can_be_accepted:
        _for_payment(content, one)
    elif one.statement.is_offered:
        _on_request(content, one.statement)
    if not len(content):
        _closed(content, collection)
    if collection.rights is not Rights.NONE:
        holder = {"type": "organization", **_contact_attribute(collection.contact)}
        ET.SubElement(content, "copyright", holder).text = collection.steward
    ET.SubElement(content, "terms").text = one.offer_href


def _free_for_all(content: ET.Element, one: Published) -> None:
    statement = one.statement
    uses = ["search"] if statement.search is Said.YES else []
    uses += [
        token for name, token in AI_USES.items() if getattr(statement, name) is Said.YES
    ]
    if uses:
        licence = _licence(content, " ".join(uses))
        _free(licence, statement)


def _free_for_some(content: ET.Element, one: Published) -> None:
    if one.statement.free_users:
        licence = _licence(content, "all", " ".join(one.statement.free_users))
        _free(licence, one.statement)


def _for_payment(content: ET.Element, one: Published) -> None:
    statement = one.statement
    uses = [
        token
        for name, token in AI_USES.items()
        if getattr(statement, name) is not Said.YES
    ]
    licence = _licence(content, " ".join(uses), "commercial")
    payment = ET.SubElement(licence, "payment", {"type": "crawl"})
    ET.SubElement(payment, "custom").text = one.offer_href
    if one.tariff is not None and (amount := amount_per_fetch(one.tariff)):
        currency = {"currency": one.tariff.currency}
        ET.SubElement(payment, "amount", currency).text = amount
    _contact(licence, statement.collection)


def _on_request(content: ET.Element, statement: Statement) -> None:
    """What is not granted, and whom to ask; a payment would be a way that is none."""
    names = {"search": "search", **AI_USES}
    closed = [
        token
        for name, token in names.items()
        if getattr(statement, name) is not Said.YES
    ]
    licence = ET.SubElement(content, "license")
    uses = "all" if len(closed) == len(names) else " ".join(closed)
    ET.SubElement(licence, "prohibits", {"type": "usage"}).text = uses
    _contact(licence, statement.collection)


def _closed(content: ET.Element, collection: Collection) -> None:
    licence = ET.SubElement(content, "license")
    ET.SubElement(licence, "prohibits", {"type": "usage"}).text = "all"
    _contact(licence, collection)


def _licence(content: ET.Element, uses: str, users: str = "") -> ET.Element:
    licence = ET.SubElement(content, "license")
    ET.SubElement(licence, "permits", {"type": "usage"}).text = uses
    if users:
        ET.SubElement(licence, "permits", {"type": "user"}).text = users
    return licence


def _free(licence: ET.Element, statement: Statement) -> None:
    spdx = statement.collection.licence
    is_free = spdx in FREE_LICENCES and not statement.needs_attribution
    kind = "free" if is_free else "attribution"
    payment = ET.SubElement(licence, "payment", {"type": kind})
    if standard := licence_url(spdx):
        ET.SubElement(payment, "standard").text = standard


def _contact(licence: ET.Element, collection: Collection) -> None:
    if contact := contact_url(collection.contact):
        ET.SubElement(licence, "legal", {"type": "contact"}).text = contact


def contact_url(contact: str) -> str:
    """A contact as a URL: an e-mail address becomes `mailto:`; empty for neither."""
    if contact.startswith(("https://", "http://", "mailto:")):
        return contact
    return f"mailto:{contact}" if "@" in contact else ""


def _contact_attribute(contact: str) -> dict[str, str]:
    url = contact_url(contact)
    if not url:
        return {}
    is_mail = url.startswith("mailto:")
    return {"contactEmail": url[7:]} if is_mail else {"contactUrl": url}


def licence_url(spdx: str) -> str:
    """The address of a licence's text; empty for a LicenseRef or none."""
    if not spdx or spdx.startswith("LicenseRef-"):
        return ""
    known = {"CC0-1.0": "zero/1.0", "CC-PDM-1.0": "mark/1.0"}
    if spdx in known:
        return f"https://creativecommons.org/publicdomain/{known[spdx]}/"
    kind, _, version = spdx.removeprefix("CC-").rpartition("-")
    if spdx.startswith("CC-BY") and version[:1].isdigit():
        return f"https://creativecommons.org/licenses/{kind.lower()}/{version}/"
    return f"https://spdx.org/licenses/{spdx}.html"


def amount_per_fetch(tariff: Tariff) -> str:
    """The price of one fetch in the major unit, exactly; empty where there is none.

    RSL's `crawl` amount is per fetch. A tariff that counts bytes has no such
    figure, and an invented one would be a price we do not keep. Where prices rise it
    is the last one, which holds for whoever nobody verified; the offer says how to
    get the first.
    """
    if tariff.metered is not Metered.REQUESTS:
        return ""
    bracket = tariff.brackets[-1]
    price = Fraction(bracket.price_micros, tariff.per_units * MICROS)
    scaled = price * 10**AMOUNT_DIGITS
    if not price or scaled.denominator != 1:
        return ""
    major, rest = divmod(scaled.numerator, 10**AMOUNT_DIGITS)
    decimals = f"{rest:0{AMOUNT_DIGITS}d}".rstrip("0")
    return f"{major}.{decimals}" if decimals else str(major)
