"""What writes documents, put together for a set-up; an extra, so asked for late."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

from gateway.billing.paper import Letterhead
from gateway.billing.ports import Press
from gateway.billing.tax import Selling
from gateway.bootstrap.keys import key_ring_of
from gateway.credentials.signed_bytes import signature_over
from gateway.fund.prepaid_statement import PrepaidStatement
from gateway.kernel.errors import InvalidValue, Misconfigured
from gateway.settings import Settings

INSTALL = (
    "documents need some more libraries: pip install 'copyfair-gateway[invoices]',"
    " then again; nothing was lost and no number was drawn"
)
LOGO_BYTES_MAX = 1_048_576
LOGO_KINDS = (".svg", ".png", ".jpg", ".jpeg")


def letterhead_of(settings: Settings) -> Letterhead:
    """What a seller's papers carry, in the words of billing."""
    told = settings.invoicing
    return Letterhead(
        street=told.address,
        postcode=told.postcode,
        city=told.city,
        email=told.email,
        vat_id=told.vat_id,
        tax_id=told.tax_id,
        register_number=told.register_number,
        iban=told.iban,
        bic=told.bic,
        language=told.language,
        selling=Selling(told.seller),
        principal=told.on_behalf_of,
        mandate=told.mandate,
    )


def press_of(settings: Settings) -> Press:
    """What writes the papers of a set-up, signed with its key.

    Raises:
        Misconfigured: the extra is not installed, the logo cannot be used, or there
            is no key.
    """
    key = key_ring_of(settings).current
    press = _documents("press")
    made: Press = press.Press(
        sign=lambda content: signature_over(content, key, about=number_in(content)),
        logo=_logo(settings, press),
    )
    return made


def statement_pdf_of(settings: Settings, statement: PrepaidStatement) -> bytes:
    """A prepaid statement as PDF.

    Raises:
        Misconfigured: the extra is not installed, or the logo cannot be used.
    """
    logo = _logo(settings, _documents("press"))
    pdf: bytes = _documents("statement").statement_pdf(statement, logo)
    return pdf


def carried_by(pdf: bytes) -> Mapping[str, bytes]:
    """What a PDF carries, by file name.

    Raises:
        InvalidValue: it is no PDF that can be read.
        Misconfigured: the extra is not installed.
    """
    found: Mapping[str, bytes] = _documents("embedding").attachments(pdf)
    return found


def number_in(data: bytes) -> str:
    """The number that an invoice's data calls itself by; empty where it has none.

    Raises:
        Misconfigured: the extra is not installed.
    """
    try:
        number: str = _documents("rereading").number_of(data)
    except InvalidValue:
        return ""
    return number


def _logo(settings: Settings, press: ModuleType) -> Any:
    named = settings.invoicing.logo
    if not named:
        return None
    path = settings.folder / named
    kind = path.suffix.lower()
    try:
        content = path.read_bytes()
    except OSError as fault:
        detail = f"invoicing.logo: {path} cannot be read: {fault.strerror}"
        raise Misconfigured(detail) from None
    if kind not in LOGO_KINDS or len(content) > LOGO_BYTES_MAX:
        detail = (
            f"invoicing.logo: {path.name} is no {', '.join(LOGO_KINDS)} of at most"
            f" {LOGO_BYTES_MAX} bytes"
        )
        raise Misconfigured(detail)
    return press.Logo(f"logo{kind}", content)


def _documents(name: str) -> ModuleType:
    try:
        return import_module(f"gateway.documents.{name}")
    except ModuleNotFoundError:
        raise Misconfigured(INSTALL) from None
