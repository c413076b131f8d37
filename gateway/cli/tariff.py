"""copyfair tariff: publish a version for ever, list them, quote a price."""

from __future__ import annotations

from typing import Any

import click

from gateway.billing.canonical import plain
from gateway.bootstrap import opened
from gateway.cli.amounts import quantity
from gateway.cli.income import income
from gateway.cli.price_basis import (
    beside_use,
    derived,
    show_beside_use,
    show_derivation,
)
from gateway.cli.screen import complain, console, emit, json_option, table
from gateway.cli.setup import config_option
from gateway.fund.voting.decision import Kind
from gateway.kernel.errors import NotFound
from gateway.kernel.money import MICROS_PER_MAJOR, Money
from gateway.licensing.offer import quantity_words
from gateway.licensing.publish_checks import cost_warning
from gateway.licensing.quote import quote as quoted
from gateway.licensing.tariff import Tariff
from gateway.services.ratification import tariff_subject
from gateway.settings import Settings

UNVERIFIED = "unverified: the last bracket's price from the first unit on"


@click.group()
def tariff() -> None:
    """Price lists: marginal brackets whose price never falls."""


tariff.add_command(income)


@tariff.command()
@click.argument("name", metavar="TARIFF")
@config_option
@json_option
def publish(settings: Settings, *, name: str, as_json: bool) -> None:
    """Fix the version of TARIFF that stands in the policies, for ever.

    Accepting an offer publishes by itself; this is for those who announce first. A
    price above ten times what serving costs (`costs` in gateway.yaml) is warned about,
    and what members were to ratify and did not (`fund.ratify`); where they must
    (`fund.must_ratify`) it is refused.

    Example:  copyfair tariff publish ai-2026 --config my-archive/gateway.yaml
    """
    with opened(settings) as house:
        known = _in_policies(house.policies.tariffs, name)
        cost = house.cost_of(known)
        is_new = house.agreements.publish(known)
        told = tariff_subject(known)
        unratified = house.ratification.missing(Kind.RATIFY_TARIFF, *told)
    warning = cost_warning(known, cost.micros) if cost.is_known else ""
    for each in filter(None, (warning, unratified)):
        complain(each)
    if as_json:
        document = {"new": is_new, "warning": warning, "derivation": derived(cost)}
        document["unratified"] = unratified
        emit("tariff-published", {**_document(known), **document})
        return
    word = "published" if is_new else "was published already"
    console().print(f"{known.id} version {known.version} {word}", markup=False)


@tariff.command("list")
@config_option
@json_option
def list_(settings: Settings, *, as_json: bool) -> None:
    """List published versions, and those that so far only stand in the policies."""
    with opened(settings) as house:
        published = house.agreements.tariffs()
        written = house.policies.tariffs.values()
    known = {(one.id, one.version) for one in published}
    drafts = [one for one in written if (one.id, one.version) not in known]
    rows = [(one, "published") for one in published]
    rows += [(one, "in the policies") for one in drafts]
    if as_json:
        listed = [{**_document(one), "state": state} for one, state in rows]
        emit("tariffs", {"tariffs": listed})
        return
    table(
        ("tariff", "version", "per", "currency", "brackets", "state"),
        [
            (one.id, one.version, one.per_label, one.currency, _brackets(one), state)
            for one, state in rows
        ],
    )


@tariff.command()
@click.argument("name", metavar="TARIFF")
@click.argument("amount", metavar="QUANTITY")
@click.option("--from", "start", default="0", help="Already taken in the span.")
@click.option(
    "--unverified",
    is_flag=True,
    help="A party nobody verified: the last price for all.",
)
@config_option
@json_option
def quote(
    settings: Settings, *, name: str, amount: str, as_json: bool, **told: Any
) -> None:
    """Say what QUANTITY would cost under TARIFF, bracket by bracket.

    \b
    Example:  copyfair tariff quote ai-2026 "250 GiB" --config my-archive/gateway.yaml
    """
    with opened(settings) as house:
        known = _in_policies(house.policies.tariffs, name)
        cost = house.cost_of(known)
    made = quoted(
        known,
        quantity(amount),
        start=quantity(told["start"]),
        is_proven=not told["unverified"],
    )
    verified = quoted(known, made.units, start=made.start)
    slices = [
        {
            "bracket": part.bracket,
            "units": part.units,
            "price_micros": part.price_micros,
            "per_units": known.per_units,
        }
        for part in made.slices
    ]
    if as_json:
        document = {
            "tariff": made.tariff,
            "version": made.version,
            "start": made.start,
            "units": made.units,
            "slices": slices,
            "charge_micros": f"{made.charge_micros}",
            "net_minor": made.minor,
            "verified_net_minor": verified.minor,
            "currency": made.currency,
            **beside_use(known, made),
            "derivation": derived(cost),
        }
        emit("tariff-quote", document)
        return
    table(
        ("bracket", "quantity", f"price per {known.per_label}"),
        [
            (
                part.bracket + 1,
                quantity_words(known.metered, part.units),
                _price(part.price_micros, known),
            )
            for part in made.slices
        ],
    )
    console().print(f"net {Money(made.minor, made.currency)}", markup=False)
    if told["unverified"]:
        less = Money(verified.minor, verified.currency)
        console().print(f"{UNVERIFIED}; verified {less}", markup=False)
    show_beside_use(known, made)
    show_derivation(known, cost)


def _in_policies(tariffs: Any, name: str) -> Tariff:
    found: Tariff | None = tariffs.get(name)
    if found is None:
        known = ", ".join(tariffs) or "none"
        detail = f"there is no tariff {name!r} in the policies; known: {known}"
        raise NotFound(detail)
    return found


def _price(micros: int, one: Tariff) -> str:
    whole, part = divmod(micros, MICROS_PER_MAJOR)
    decimals = f"{part:06d}".rstrip("0").ljust(2, "0")
    return f"{whole}.{decimals} {one.currency}"


def _brackets(one: Tariff) -> str:
    return " · ".join(_price(each.price_micros, one)[:-4] for each in one.brackets)


def _document(one: Tariff) -> dict[str, Any]:
    return {
        "tariff": one.id,
        "version": one.version,
        "currency": one.currency,
        "metered": one.metered.value,
        "per": one.per_label,
        "brackets_over": one.brackets_over.value,
        "brackets": [
            {"up_to": each.up_to, "price_micros": each.price_micros}
            for each in one.brackets
        ],
        "minimum": None if one.minimum is None else plain(one.minimum),
        "royalties": None if one.royalties is None else plain(one.royalties),
        "shares": dict(one.shares),
        "body_sha256": one.body_sha256,
    }
