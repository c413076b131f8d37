"""Sets the page; the one module that knows typst.

Fonts come with typst and no other is looked for, the date is the document's own: the
same paper gives the same bytes on every machine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import typst

from gateway.kernel.clock import US_PER_S
from gateway.kernel.errors import InvalidValue

INVOICE = "invoice.typ"
STANDARD = "a-3b"


def set_page(
    told: Mapping[str, Any],
    pictures: Mapping[str, bytes],
    *,
    made_us: int,
    template: str = INVOICE,
) -> bytes:
    """A PDF/A-3b.

    Args:
        told: What `page` says.
        pictures: File name to SVG, PNG or JPEG, as *told* names them.
        made_us: The document's date, microseconds UTC.
        template: Which page is set.

    Raises:
        InvalidValue: a picture cannot be read.
    """
    made = datetime.fromtimestamp(made_us // US_PER_S, UTC)
    pdf: bytes = _compiled(
        told, pictures, template, pdf_standards=STANDARD, timestamp=made
    )
    return pdf


def drawn_pages(
    told: Mapping[str, Any], pictures: Mapping[str, bytes], *, template: str = INVOICE
) -> list[bytes]:
    """The same pages as PNG, to be looked at."""
    pages = _compiled(told, pictures, template, format="png", ppi=110.0)
    return pages if isinstance(pages, list) else [pages]


def _compiled(
    told: Mapping[str, Any],
    pictures: Mapping[str, bytes],
    template: str,
    **options: Any,
) -> Any:
    page = files("gateway.documents").joinpath(template).read_bytes()
    given = json.dumps(dict(told), ensure_ascii=False, sort_keys=True).encode()
    inside = {"main.typ": page, "page.json": given, **pictures}
    try:
        return typst.compile(inside, ignore_system_fonts=True, **options)
    except typst.TypstError as fault:
        detail = f"the page cannot be set: {fault}"
        raise InvalidValue(detail) from None
