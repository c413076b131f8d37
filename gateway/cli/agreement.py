"""copyfair agreement: offers, and what was agreed to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from gateway.bootstrap import opened
from gateway.cli.agreement_notice import announce, takers
from gateway.cli.application import answer, applications
from gateway.cli.cap import agreement_cap
from gateway.cli.names import names_of
from gateway.cli.prepaid import statement
from gateway.cli.screen import console, emit, json_option, spelled, table
from gateway.cli.setup import config_option
from gateway.cli.turnover import declarations, declare
from gateway.kernel.clock import iso
from gateway.kernel.money import Money, money
from gateway.licensing.agreement import Agreement
from gateway.licensing.enforce import switches_for
from gateway.licensing.offer import offer_document
from gateway.licensing.switches import LicenceMode
from gateway.settings import Settings


@click.group()
def agreement() -> None:
    """Offers, and what was agreed to."""


for command in (declare, declarations, takers, announce):
    agreement.add_command(command)


@agreement.command()
@click.option("--collection", default="", help="Whose offer; needed when several.")
@config_option
@json_option
def offer(settings: Settings, *, collection: str, as_json: bool) -> None:
    """Show the offer that commercial automation gets."""
    with opened(settings) as house:
        terms = house.offer_for(collection)
    mode = switches_for(terms.collection, settings.switches).licence_mode
    document = offer_document(
        terms, public_url=settings.public_url, is_open=mode >= LicenceMode.OFFER
    )
    if as_json:
        document.pop("schema", None)
        emit("offer", document)
        return
    collection_id = document["collection"]["id"]
    console().print(f"{document['id']}  collection {collection_id}", markup=False)
    console().print(f"{document['href']}\n", markup=False)
    _prices(document["tariff"])
    if document["accept"]:
        console().print("\naccept: `copyfair agreement accept`, or one POST there")
    else:
        console().print(f"\nnot open to be accepted; ask {document['contact']}")


@agreement.command()
@click.option("--party", "reference", required=True, help="The party's id or name.")
@click.option("--collection", default="", help="Whose offer; needed when several.")
@click.option("--test", "is_test", is_flag=True, help="Metered, never invoiced.")
@click.option(
    "--barter",
    "is_barter",
    is_flag=True,
    help="Contributions are set off, with VAT both ways.",
)
@config_option
@json_option
def accept(
    settings: Settings,
    *,
    reference: str,
    collection: str,
    is_test: bool,
    is_barter: bool,
    as_json: bool,
) -> None:
    """Accept an offer in the name of a party.

    Until somebody verified what the party is, its agreement is prepaid. What it
    contributes reduces the price; with --barter it is a supply of its own instead,
    set off against the invoice.
    """
    with opened(settings) as house:
        terms = house.offer_for(collection)
        made = house.accept_offer(
            reference, terms, is_test=is_test, is_barter=is_barter
        )
    _show(made, as_json=as_json)


@agreement.command("list")
@click.option("--party", "reference", default="", help="Only this party's.")
@config_option
@json_option
def list_(settings: Settings, *, reference: str, as_json: bool) -> None:
    """List agreements."""
    with opened(settings) as house:
        party_id = house.parties.show(reference).id if reference else ""
        found = house.agreements.list(party_id)
        names = names_of(house)
    if as_json:
        emit("agreements", {"agreements": [_document(one) for one in found]})
        return
    table(
        ("agreement", "party", "tariff", "settled", "collections", "from", "until"),
        [
            (
                one.id,
                names.get(one.party_id, one.party_id),
                f"{one.tariff} v{one.tariff_version}",
                _settled(one),
                ", ".join(sorted(one.collections)) or "all",
                iso(one.starts_us)[:10],
                "open" if one.ends_us is None else iso(one.ends_us)[:10],
            )
            for one in found
        ],
    )


@agreement.command("end")
@click.argument("agreement_id", metavar="AGREEMENT")
@config_option
@json_option
def end(settings: Settings, *, agreement_id: str, as_json: bool) -> None:
    """End an agreement now; what was metered under it is still invoiced."""
    with opened(settings) as house:
        ended = house.agreements.end(agreement_id)
    _show(ended, as_json=as_json)


@agreement.command()
@click.argument("agreement_id", metavar="AGREEMENT")
@config_option
@json_option
def renew(settings: Settings, *, agreement_id: str, as_json: bool) -> None:
    """Take a party's new standing into its agreement: invoiced once it is vouched."""
    with opened(settings) as house:
        made = house.agreements.renew(agreement_id)
    _show(made, as_json=as_json)


@agreement.command("top-up")
@click.argument("agreement_id", metavar="AGREEMENT")
@click.argument("amount")
@click.option("--reference", required=True, help="The bank's name for the payment.")
@config_option
@json_option
def top_up(
    settings: Settings, *, agreement_id: str, amount: str, reference: str, as_json: bool
) -> None:
    """Book money that was paid ahead; the same reference again changes nothing.

    \b
    Example:  copyfair agreement top-up agr_01k9… "50.00 EUR" --reference 4711
    """
    paid = money(amount)
    with opened(settings) as house:
        balance_minor = house.agreements.top_up(agreement_id, paid, reference=reference)
    balance = Money(balance_minor, paid.currency)
    if as_json:
        document = {"agreement_id": agreement_id, "balance_minor": balance.minor}
        emit("top-up", {**document, "currency": balance.currency})
    else:
        console().print(f"prepaid balance {balance}", markup=False)


agreement.add_command(statement)
agreement.add_command(agreement_cap)
agreement.add_command(applications)
agreement.add_command(answer)


def _prices(told: Mapping[str, Any]) -> None:
    span = f"over a {told['brackets_over']}"
    console().print(
        f"tariff {told['id']} version {told['version']}, {span}", markup=False
    )
    table(
        ("up to", f"price per {told['per']}"),
        [(each["up_to"] or "any", each["price"]) for each in told["brackets"]],
    )
    if minimum := told.get("minimum"):
        console().print(
            f"at least {minimum['amount']} per {minimum['per']}: {minimum['because']}",
            markup=False,
        )
    if royalties := told.get("royalties"):
        console().print(
            f"royalties, basis: declared {royalties['basis']} of a {royalties['over']}",
            markup=False,
        )
        table(
            ("turnover up to", "rate"),
            [(each["up_to"] or "any", each["rate"]) for each in royalties["brackets"]],
        )


def _document(one: Agreement) -> dict[str, Any]:
    return {
        "agreement_id": one.id,
        "party_id": one.party_id,
        "tariff": one.tariff,
        "tariff_version": one.tariff_version,
        "currency": one.currency,
        "settling": one.settling.value,
        "uses": sorted(use.value for use in one.uses),
        "commercial": one.commercial.value,
        "collections": sorted(one.collections),
        "starts_at": iso(one.starts_us),
        "ends_at": None if one.ends_us is None else iso(one.ends_us),
        "cap_minor": one.cap_minor,
        "terms_sha256": one.terms_sha256,
        "is_barter": one.is_barter,
    }


def _settled(one: Agreement) -> str:
    return f"{one.settling.value}, barter" if one.is_barter else one.settling.value


def _show(one: Agreement, *, as_json: bool) -> None:
    if as_json:
        emit("agreement", _document(one))
        return
    rows = [(name, spelled(value)) for name, value in _document(one).items()]
    table(("what", "is"), rows)
