"""XML as a tree of named parts; the one module that knows lxml.

Names are written with the prefixes of `PREFIXES`. What is read may come from a
stranger: no entity is resolved, no address is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from lxml import etree

from gateway.kernel.errors import InvalidValue

UNCEFACT = "urn:un:unece:uncefact:data:standard"
OASIS = "urn:oasis:names:specification:ubl:schema:xsd"
PREFIXES = MappingProxyType(
    {
        "rsm": f"{UNCEFACT}:CrossIndustryInvoice:100",
        "ram": f"{UNCEFACT}:ReusableAggregateBusinessInformationEntity:100",
        "udt": f"{UNCEFACT}:UnqualifiedDataType:100",
        "qdt": f"{UNCEFACT}:QualifiedDataType:100",
        "inv": f"{OASIS}:Invoice-2",
        "crn": f"{OASIS}:CreditNote-2",
        "cac": f"{OASIS}:CommonAggregateComponents-2",
        "cbc": f"{OASIS}:CommonBasicComponents-2",
        "svrl": "http://purl.oclc.org/dsdl/svrl",
    }
)

Part = etree._Element  # noqa: SLF001  its only public name is in the stubs
Inside = str | Part | None


def part(name: str, *inside: Inside, **attributes: str) -> Part:
    """One element: texts and elements in it; what is None is left out."""
    made = etree.Element(_qualified(name), attributes, nsmap=None)
    for each in inside:
        if isinstance(each, str):
            made.text = each
        elif each is not None:
            made.append(each)
    return made


def said(name: str, text: str, **attributes: str) -> Part | None:
    """An element with a text; None where there is none to say."""
    return part(name, text, **attributes) if text else None


def written(root: Part, *prefixes: str) -> bytes:
    """The document as UTF-8, the same bytes for the same tree.

    Args:
        root: Its root.
        prefixes: Which are declared at the root.
    """
    used = {prefix: PREFIXES[prefix] for prefix in prefixes}
    etree.cleanup_namespaces(root, top_nsmap=used, keep_ns_prefixes=list(used))
    return etree.tostring(
        root, xml_declaration=True, encoding="UTF-8", pretty_print=True
    )


def parsed(content: bytes) -> Part:
    """The root of a document.

    Raises:
        InvalidValue: it is no XML, or defines entities.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as fault:
        detail = f"this is no XML: {fault.msg}"
        raise InvalidValue(detail) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise InvalidValue("an invoice has no document type declaration")
    return root


def found(root: Part, path: str) -> list[Part]:
    """The elements at a path, in their order."""
    return root.findall(path, dict(PREFIXES))


def text_at(root: Part, path: str) -> str:
    """The text at a path; empty where there is none."""
    return (root.findtext(path, "", dict(PREFIXES)) or "").strip()


def name_of(root: Part) -> str:
    """The name of an element, with our prefix."""
    named = etree.QName(root)
    by_address = {address: prefix for prefix, address in PREFIXES.items()}
    return f"{by_address.get(str(named.namespace), '?')}:{named.localname}"


def schema_faults(content: bytes, schema: Path) -> Iterator[str]:
    """What a schema says against a document, line by line."""
    checker = _schema(schema)
    if not checker.validate(parsed(content)):
        found_there: Iterable[Any] = checker.error_log  # type: ignore[assignment]  # it is
        for each in found_there:
            yield f"line {each.line}: {each.message}"


@cache
def _schema(file: Path) -> etree.XMLSchema:
    return etree.XMLSchema(file=str(file))


def _qualified(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{{{PREFIXES[prefix]}}}{local}"
