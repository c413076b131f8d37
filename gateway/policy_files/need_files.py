"""Needs lists and tables of equivalence: what may stand in them, and how they fit."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any

from gateway.kernel.errors import InvalidValue
from gateway.kernel.money import MICROS_PER_MAJOR, minor_digits
from gateway.policy_files.documents import Title, mark_at
from gateway.policy_files.folder import files_in, parsed
from gateway.policy_files.reader import Mapping as Keys
from gateway.policy_files.scalars import CURRENCY, ID, PRICE, WHOLE
from gateway.policy_files.shapes import BAD, Key, ListOf, MapOf, Notes, Parsed, Record
from gateway.reciprocity.need import COUNTS_NOTHING, HOUR, Equivalence, Need, Needs

LISTS, TABLES = "needs", "equivalence"
HOURS = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,4})?")


def hours(text: str) -> Fraction:
    """Hours that a unit stands for, exactly: `0.05`.

    Raises:
        ValueError: *text* is none, or nothing.
    """
    if not HOURS.fullmatch(text) or not Fraction(text):
        raise ValueError("write hours above 0, such as 0.05, with at most 4 decimals")
    return Fraction(text)


def _item(values: dict[str, Any], node: Keys, notes: Notes) -> Any:
    for key in ("id", "unit"):
        why = COUNTS_NOTHING.get(values[key])
        if why:
            detail = f'"{values[key]}" counts nothing: {why}'
            notes.fault(mark_at(node, (key,)), detail, "ask for work or for means")
    need = Need(
        values["id"],
        MappingProxyType(values["title"]),
        values["unit"],
        wanted=values.get("wanted"),
        collection=values.get("collection", ""),
    )
    return need, node


ITEM = Record(
    "need",
    {
        "id": Key(ID, "Public, kebab-case; claims name it.", required=True),
        "title": Key(Title(), "Plain, or by language.", required=True),
        "unit": Key(ID, "Counted in: hour, or a unit of the table.", required=True),
        "wanted": Key(WHOLE, "How many units; without it as many as come."),
        "collection": Key(ID, "For which collection; without it for all."),
    },
    _item,
)


def _list(values: dict[str, Any], node: Keys, _notes: Notes) -> Any:
    return values["needs"], values["items"], node


NEEDS = Record(
    "needs list",
    {
        "needs": Key(ID, "As the file is called.", required=True),
        "items": Key(ListOf(ITEM), "What the commons asks for.", required=True),
    },
    _list,
)


def _table(values: dict[str, Any], node: Keys, notes: Notes) -> Any:
    for unit in values.get("units", {}):
        why = COUNTS_NOTHING.get(unit)
        if why or unit == HOUR:
            why = why or "an hour is an hour"
            place = mark_at(node, ("units", unit))
            notes.fault(place, f'"{unit}" has no equivalent: {why}', "leave it out")
    minors = {
        currency: _minor(micros, currency, node, notes=notes)
        for currency, micros in values.get("hour", {}).items()
    }
    table = Equivalence(
        values["equivalence"],
        values["version"],
        MappingProxyType({HOUR: Fraction(1), **values.get("units", {})}),
        MappingProxyType(minors),
    )
    return table, node


def _minor(micros: int, currency: str, node: Keys, *, notes: Notes) -> int:
    place = mark_at(node, ("hour", currency))
    try:
        per_minor = MICROS_PER_MAJOR // 10 ** minor_digits(currency)
    except InvalidValue as fault:
        notes.fault(place, fault.detail)
        return 0
    if micros % per_minor or not micros:
        detail = "an hour settles a whole number of the currency's smallest coins"
        notes.fault(place, detail, "write a price above 0: 25.00")
    minor: int = micros // per_minor
    return minor


EQUIVALENCE = Record(
    "table of equivalence",
    {
        "equivalence": Key(ID, "The same name in every version.", required=True),
        "version": Key(WHOLE, "From 1; a ratified one never changes.", required=True),
        "hour": Key(
            MapOf(CURRENCY, PRICE), "Currency to what an accepted hour settles."
        ),
        "units": Key(
            MapOf(ID, Parsed("number of hours", hours, {"type": ["number", "string"]})),
            "Unit to the hours it stands for: mirror-month, correction, gpu-hour.",
        ),
    },
    _table,
)


def needs_of(folder: Path, notes: Notes) -> Needs:
    """What the lists and tables of a policies folder say; faults are noted."""
    lists = _read(folder, LISTS, NEEDS, notes=notes)
    tables = _versions(_read(folder, TABLES, EQUIVALENCE, notes=notes), notes)
    units = {HOUR, *(unit for table in tables for unit in table.hours)}
    items: dict[str, Need] = {}
    for list_id, listed, _ in lists:
        for need, node in listed:
            if need.id in items:
                detail = f'the need "{need.id}" stands on a list already'
                notes.fault(mark_at(node, ("id",)), detail)
            if need.unit not in units and need.unit not in COUNTS_NOTHING:
                detail = f'no table of equivalence has the unit "{need.unit}"'
                hint = "write it into policies/equivalence, or count hours"
                notes.fault(mark_at(node, ("unit",)), detail, hint)
            items[need.id] = Need(
                need.id, need.title, need.unit, need.wanted, need.collection, list_id
            )
    return Needs(MappingProxyType(items), tables)


def _versions(
    read: Iterable[tuple[Equivalence, Keys]], notes: Notes
) -> tuple[Equivalence, ...]:
    found: dict[int, Equivalence] = {}
    name = ""
    for table, node in read:
        name = name or table.id
        if table.id != name:
            detail = f'there is one table: it is called "{name}"'
            notes.fault(mark_at(node, ("equivalence",)), detail, "write a new version")
        elif table.version in found:
            detail = f"version {table.version} exists already"
            notes.fault(mark_at(node, ("version",)), detail, "write the next one")
        found.setdefault(table.version, table)
    return tuple(found[version] for version in sorted(found))


def _read(folder: Path, kind: str, shape: Record, *, notes: Notes) -> list[Any]:
    nodes = (parsed(file, notes) for file in files_in(folder, kind, notes))
    values = [shape.read(node, notes) for node in nodes if node is not None]
    return [each for each in values if each is not BAD]
