"""Factur-X: data inside a PDF; the one module that knows factur-x and pypdf.

factur-x writes the hour of writing into what it makes. The hours are put back to the
document's own, so that the same paper gives the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO

from facturx import generate_from_file
from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.generic import (
    DictionaryObject,
    NameObject,
    StreamObject,
    TextStringObject,
)

from gateway.kernel.clock import US_PER_S
from gateway.kernel.errors import InvalidValue

DATA = "factur-x.xml"
SIGNATURE = "factur-x.xml.jws"
ATTACHMENTS_MAX = 16
XMP_DATE = re.compile(rb"(?<=Date>)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00(?=<)")


@dataclass(frozen=True, slots=True)
class Label:
    """What a PDF says of itself to whoever files it."""

    title: str
    author: str
    subject: str
    language: str


def embedded(
    pdf: bytes, data: bytes, label: Label, *, signature: str, made_us: int
) -> bytes:
    """A PDF/A-3 with the data of its invoice attached, and the signature of the data.

    Args:
        pdf: PDF/A-3b.
        data: CII of the profile EN 16931.
        label: Title, author, subject and language.
        signature: JWS over *data*; empty for none.
        made_us: The document's date, microseconds UTC.
    """
    made = datetime.fromtimestamp(made_us // US_PER_S, UTC)
    signed = {
        SIGNATURE: {
            "filedata": signature.encode(),
            "description": "JWS over factur-x.xml (RFC 7515, RFC 7797)",
            "creation_datetime": made,
            "modification_datetime": made,
            "afrelationship": "supplement",
        }
    }
    made_pdf = BytesIO(pdf)  # written over in place; no file is needed anywhere
    generate_from_file(
        made_pdf,
        data,
        flavor="factur-x",
        level="en16931",
        check_xsd=False,
        pdf_metadata={
            "title": label.title,
            "author": label.author,
            "subject": label.subject,
            "keywords": "Factur-X, EN 16931",
        },
        lang=label.language,
        attachments=signed if signature else None,
        afrelationship="data",
        xmp_compression=False,
    )
    return _dated(made_pdf.getvalue(), made)


def attachments(pdf: bytes) -> Mapping[str, bytes]:
    """What a PDF carries, by file name; a name that stands there twice is refused.

    Raises:
        InvalidValue: it is no PDF, or holds more than we look through.
    """
    found: dict[str, bytes] = {}
    try:
        for each in PdfReader(BytesIO(pdf)).attachment_list:
            if each.name in found or len(found) >= ATTACHMENTS_MAX:
                detail = f"this PDF carries {each.name} twice, or too many files"
                raise InvalidValue(detail)
            found[each.name] = bytes(each.content)
    except (PyPdfError, ValueError, KeyError, TypeError, RecursionError) as fault:
        detail = f"this is no PDF that can be read: {fault}"
        raise InvalidValue(detail) from None
    return found


def _dated(pdf: bytes, made: datetime) -> bytes:
    """The same PDF with every date of writing set to the document's own."""
    writer = PdfWriter(clone_from=BytesIO(pdf))
    writer._header = b"%PDF-1.7"  # noqa: SLF001  as typst writes it
    written = made.strftime("D:%Y%m%d%H%M%S+00'00'")
    writer.add_metadata({"/CreationDate": written, "/ModDate": written})
    for each in writer._objects:  # noqa: SLF001  there is no public way to the streams
        match each:
            case StreamObject() if each.get("/Type") == "/EmbeddedFile":
                params = each["/Params"]
                if isinstance(params, DictionaryObject) and "/ModDate" in params:
                    params[NameObject("/ModDate")] = TextStringObject(written)
            case StreamObject() if each.get("/Subtype") == "/XML":
                when = made.strftime("%Y-%m-%dT%H:%M:%S+00:00").encode()
                each.set_data(XMP_DATE.sub(when, each.get_data()))
    out = BytesIO()
    writer.write(out)
    return out.getvalue()
