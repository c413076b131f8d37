"""copyfair party: people and organisations we know."""

from __future__ import annotations

from typing import Any

import click

from gateway.bootstrap import opened
from gateway.cli.party_exit import export, leave
from gateway.cli.party_proof import challenge, verify
from gateway.cli.recheck import recheck
from gateway.cli.screen import console, emit, json_option, spelled, table
from gateway.cli.setup import config_option
from gateway.identity.party import Party
from gateway.kernel.clock import iso
from gateway.kernel.errors import InvalidValue
from gateway.settings import Settings

SOURCES = "steward, self-declared, alliance, register, vies, domain-challenge …"


@click.group()
def party() -> None:
    """People and organisations we know, and how well we know what they are."""


party.add_command(challenge)
party.add_command(verify)
party.add_command(export)
party.add_command(leave)
party.add_command(recheck)


@party.command("add")
@click.argument("name")
@click.option(
    "--set",
    "said",
    multiple=True,
    metavar="ATTRIBUTE=VALUE",
    help="What is said of it; may be repeated.",
)
@click.option("--source", default="steward", show_default=True, help=SOURCES)
@click.option("--by", default="", help="Who enters it, for the record.")
@config_option
@json_option
def add(settings: Settings, *, name: str, as_json: bool, **told: Any) -> None:
    """Add a party; `party set` says more about one that is there.

    What a steward enters is *vouched*; what a party says of itself is *claimed*.

    \b
    Example:
      copyfair party add "Translation Coop" --set entity=coop-worker \\
          --set surplus=to-workers --config my-archive/gateway.yaml
    """
    pairs = dict(_pair(text) for text in told["said"])
    with opened(settings) as house:
        made = house.parties.add(
            name, attributes=pairs, source=told["source"], by=told["by"]
        )
    _show(made, as_json=as_json)


@party.command("set")
@click.argument("reference", metavar="PARTY")
@click.argument("said", metavar="ATTRIBUTE=VALUE")
@click.option("--source", default="steward", show_default=True, help=SOURCES)
@click.option("--by", default="", help="Who enters it, for the record.")
@config_option
@json_option
def set_(
    settings: Settings, *, reference: str, said: str, as_json: bool, **told: str
) -> None:
    """Say one more thing about a party; what was said before stays on record."""
    attribute, value = _pair(said)
    with opened(settings) as house:
        changed = house.parties.set_attribute(
            reference, attribute, value, source=told["source"], by=told["by"]
        )
    _show(changed, as_json=as_json)


@party.command("unset")
@click.argument("reference", metavar="PARTY")
@click.argument("attribute")
@click.option("--by", default="", help="Who withdraws it, for the record.")
@config_option
@json_option
def unset(
    settings: Settings, *, reference: str, attribute: str, by: str, as_json: bool
) -> None:
    """Withdraw what was said about a party: its public name, say.

    From then on nobody is named by it, on no page. What may name a person goes out of
    the history too; a commitment stays in its place.

    \b
    Example:  copyfair party unset "Amina Benali" public_name
    """
    with opened(settings) as house:
        changed = house.parties.withdraw(reference, attribute, by=by)
    _show(changed, as_json=as_json)


@party.command("list")
@config_option
@json_option
def list_(settings: Settings, *, as_json: bool) -> None:
    """List every party."""
    with opened(settings) as house:
        known = house.parties.list()
    if as_json:
        emit("parties", {"parties": [_document(one) for one in known]})
        return
    table(
        ("party", "name", "entity", "known how well", "since"),
        [
            (
                one.id,
                one.name,
                _word(one, "entity"),
                one.level_of("entity").word,
                iso(one.created_us)[:10],
            )
            for one in known
        ],
    )


@party.command("show")
@click.argument("reference", metavar="PARTY")
@config_option
@json_option
def show(settings: Settings, *, reference: str, as_json: bool) -> None:
    """Show a party by its id or name."""
    with opened(settings) as house:
        known = house.parties.show(reference)
    _show(known, as_json=as_json)


@party.command("erase")
@click.argument("reference", metavar="PARTY")
@config_option
@json_option
def erase(settings: Settings, *, reference: str, as_json: bool) -> None:
    """Erase what names a person, and revoke every key; the ledger keeps the id.

    Its webhooks end, what waits to be sent to it is given up, and names and contacts
    left with corrections that it was credited for are taken out.
    """
    with opened(settings) as house, house.together() as within:
        known = within.parties.show(reference)
        within.mailroom.erase(known)
        within.corrections.forget_of(known.id)
        erased = within.parties.erase(reference)
    document = {
        "party_id": erased.party.id,
        "kept_name": erased.kept_name,
        "values_erased": erased.values_erased,
        "keys_revoked": erased.keys_revoked,
    }
    if as_json:
        emit("party-erased", document)
        return
    rows = [(name, spelled(value)) for name, value in document.items()]
    table(("what", "came of it"), rows)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        detail = f"--set takes ATTRIBUTE=VALUE, for instance entity=company, not {text}"
        raise InvalidValue(detail)
    return name, value


def _word(one: Party, attribute: str) -> str:
    known = one.attributes.get(attribute)
    return str(known.value) if known else "unknown"


def _document(one: Party) -> dict[str, Any]:
    return {
        "party_id": one.id,
        "name": one.name,
        "owner_id": one.beneficial_owner_id,
        "attributes": {
            name: {"value": said.value, "level": said.level.word, "source": said.source}
            for name, said in one.attributes.items()
        },
        "created_at": iso(one.created_us),
    }


def _show(one: Party, *, as_json: bool) -> None:
    if as_json:
        emit("party", _document(one))
        return
    console().print(f"{one.name}  {one.id}", markup=False)
    table(
        ("attribute", "value", "level", "source"),
        [
            (name, said.value, said.level.word, said.source)
            for name, said in one.attributes.items()
        ],
    )
