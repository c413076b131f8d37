"""Reading an acceptance: every fault of a form at once, each with its field."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from gateway.classification.facts import ENTITIES
from gateway.kernel.errors import InvalidValue
from gateway.kernel.use import Commercial, Use
from gateway.terms.ports import Acceptance
from gateway.web.json_body import json_said

BODY_BYTES_MAX = 16 * 1024
NAME_CHARS_MAX = 200
EMAIL_CHARS_MAX = 254
CAP_MINOR_MAX = 10**12
_EMAIL = re.compile(r"[^\s@<>()\",;:\\]+@[^\s@<>()\",;:\\]+\.[^\s@.<>()\",;:\\]{2,}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_SPACES = re.compile(r"\s+")

FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "name": "legal name of the organisation or person; required",
        "email": "for invoices and notices; required",
        "country": "ISO 3166-1 alpha-2, such as FR",
        "entity": "what you are: " + ", ".join(sorted(ENTITIES)),
        "uses": "list of what the copies are for: " + ", ".join(Use),
        "commercial": "no, indirect or direct; direct unless you say otherwise",
        "cap_minor": "money cap per calendar month, in minor units (cents)",
    }
)
"""The fields of an acceptance, as the offer describes them."""


@dataclass(frozen=True, slots=True)
class FieldFault:
    """What is wrong with one field."""

    field: str
    detail: str


def read_acceptance(body: bytes) -> Acceptance | tuple[FieldFault, ...]:
    """Read the JSON object of an acceptance, or say everything that is wrong."""
    try:
        said = json_said(body)
    except InvalidValue as fault:
        return (FieldFault("", fault.detail),)
    if not isinstance(said, dict):
        return (FieldFault("", "the body is a JSON object"),)
    faults: list[FieldFault] = []
    read: dict[str, Any] = {}
    for name in said.keys() - FIELDS.keys():
        known = ", ".join(FIELDS)
        faults.append(FieldFault(name[:64], f"unknown; known: {known}"))
    for name, reader in READERS.items():
        if name not in said and name not in {"name", "email"}:
            continue
        try:
            read[name] = reader(said.get(name))
        except ValueError as fault:
            faults.append(FieldFault(name, str(fault)))
    faults.sort(key=lambda fault: [*FIELDS, fault.field].index(fault.field))
    return tuple(faults) if faults else Acceptance(**read)


def _name(said: object) -> str:
    text = _SPACES.sub(" ", said).strip() if isinstance(said, str) else ""
    if not text or len(text) > NAME_CHARS_MAX or not text.isprintable():
        raise ValueError(f"a name of 1 to {NAME_CHARS_MAX} printable characters")
    return text


def _email(said: object) -> str:
    text = said.strip() if isinstance(said, str) else ""
    is_short = len(text) <= EMAIL_CHARS_MAX and text.isprintable()
    if not is_short or not _EMAIL.fullmatch(text):
        raise ValueError("an address such as accounts@company.example")
    return text


def _country(said: object) -> str:
    if not isinstance(said, str) or not _COUNTRY.fullmatch(said):
        raise ValueError("two capital letters (ISO 3166-1), such as FR")
    return said


def _entity(said: object) -> str:
    if not isinstance(said, str) or said not in ENTITIES:
        raise ValueError("one of: " + ", ".join(sorted(ENTITIES)))
    return said


def _uses(said: object) -> frozenset[Use]:
    known = {use.value for use in Use} - {Use.UNKNOWN.value}
    are_words = isinstance(said, list) and all(isinstance(one, str) for one in said)
    if not isinstance(said, list) or not are_words or not set(said) <= known:
        raise ValueError("a list of: " + ", ".join(sorted(known)))
    return frozenset(Use(one) for one in said)


def _commercial(said: object) -> Commercial:
    if not isinstance(said, str) or said not in {"no", "indirect", "direct"}:
        raise ValueError("no, indirect or direct")
    return Commercial(said)


def _cap(said: object) -> int:
    is_number = isinstance(said, int) and not isinstance(said, bool)
    if not isinstance(said, int) or not is_number or not 0 < said <= CAP_MINOR_MAX:
        raise ValueError(f"a whole number from 1 to {CAP_MINOR_MAX}")
    return said


READERS: Mapping[str, Callable[[object], Any]] = MappingProxyType(
    {
        "name": _name,
        "email": _email,
        "country": _country,
        "entity": _entity,
        "uses": _uses,
        "commercial": _commercial,
        "cap_minor": _cap,
    }
)
