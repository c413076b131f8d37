"""copyfair need: what the commons asks for, and what that is worth."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import click

from gateway.bootstrap import opened
from gateway.cli.screen import emit, json_option, table
from gateway.cli.setup import config_option
from gateway.kernel.clock import iso
from gateway.kernel.money import Money
from gateway.services.need_desk import NeedView, TableView
from gateway.settings import Settings


@click.group()
def need() -> None:
    """What the commons asks for, and what it is worth."""


@need.command("list")
@config_option
@json_option
def list_(settings: Settings, *, as_json: bool) -> None:
    """List the published needs, and how much of each was given.

    They stand in policies/needs. Only work for one of them settles in kind, at the
    table of equivalence that the members ratified; see `copyfair need table`.
    """
    with opened(settings) as house:
        views = house.need_desk.list()
    if as_json:
        emit("needs", {"needs": [_document(view) for view in views]})
        return
    table(
        ("need", "what", "unit", "hours each", "wanted", "given"),
        [
            (
                view.need.id,
                view.need.title.get("en") or next(iter(view.need.title.values())),
                view.need.unit,
                spelled(view.hours),
                "as it comes" if view.need.wanted is None else str(view.need.wanted),
                spelled(view.given),
            )
            for view in views
        ],
    )


@need.command("table")
@config_option
@json_option
def table_(settings: Settings, *, as_json: bool) -> None:
    """Show every version of the table of equivalence, and which one counts.

    They stand in policies/equivalence. A version counts once a decision of the members
    ratified its very text, named by its digest; the newest of those counts.
    """
    with opened(settings) as house:
        views = house.need_desk.tables()
    is_sold = settings.invoicing.seller != "none"
    if as_json:
        told = [_table_document(view, is_sold=is_sold) for view in views]
        emit("equivalence", {"tables": told})
        return
    table(
        ("version", "unit", "hours", "ratified", "counts", "digest"),
        [
            (
                view.table.subject,
                unit,
                spelled(hours),
                iso(view.decision.decided_us)[:10] if view.decision else "no",
                "yes" if view.counts else "no",
                view.table.digest[:12],
            )
            for view in views
            for unit, hours in view.table.hours.items()
        ],
    )
    if is_sold:
        table(
            ("version", "an hour settles"),
            [
                (view.table.subject, str(Money(minor, currency)))
                for view in views
                for currency, minor in sorted(view.table.hour_minor.items())
            ],
        )


def spelled(number: Fraction | None) -> str:
    """An exact number as people read it: `0.05`, `1/3`; a dash for none."""
    if number is None:
        return "–"
    for digits in range(7):
        scaled = number * 10**digits
        if scaled.denominator == 1:
            whole, rest = divmod(scaled.numerator, 10**digits)
            return f"{whole}.{rest:0{digits}d}" if digits else f"{whole}"
    return str(number)


def _document(view: NeedView) -> dict[str, Any]:
    one, left = view.need, view.left
    return {
        "need_id": one.id,
        "list": one.list_id,
        "title": dict(one.title),
        "unit": one.unit,
        "hours_each": None if view.hours is None else spelled(view.hours),
        "wanted": one.wanted,
        "given": spelled(view.given),
        "left": None if left is None else spelled(left),
        "collection": one.collection,
    }


def _table_document(view: TableView, *, is_sold: bool) -> dict[str, Any]:
    one = view.table
    told: dict[str, Any] = {
        "subject": one.subject,
        "version": one.version,
        "digest": one.digest,
        "counts": view.counts,
        "decision_id": view.decision.id if view.decision else None,
        "units": {unit: spelled(each) for unit, each in one.hours.items()},
    }
    if is_sold:
        told["hour_minor"] = dict(one.hour_minor)
    return told
