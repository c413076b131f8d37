"""copyfair contribution export: claims in the words of ValueFlows."""

from __future__ import annotations

import json

import click

from gateway.bootstrap import opened
from gateway.cli.setup import config_option
from gateway.identity.erasure import ENTITIES_OF_PERSONS
from gateway.identity.party import Party
from gateway.reciprocity.valueflows import Agent, Told, document
from gateway.settings import Settings


@click.command()
@click.option("--party", "reference", default="", help="Only this party's: id or name.")
@click.option("--names", is_flag=True, help="With the names of people, too.")
@config_option
def export(settings: Settings, *, reference: str, names: bool) -> None:
    """Print claims as JSON-LD, in the vocabulary of ValueFlows.

    Organisations are named, people by their id alone unless you say `--names`. A
    reversed claim is followed by the event that takes it back.

    \b
    Example:  copyfair contribution export --party Amina > amina.jsonld
    """
    with opened(settings) as house:
        party_id = house.parties.show(reference).id if reference else ""
        views = house.contributions.list(party_id)
        givers = {view.claim.party_id for view in views}
        known = [each for each in house.parties.list() if each.id in givers]
    told = [Told(view.claim, view.state) for view in views]
    agents = [_agent(each, names=names) for each in known]
    archive = settings.public_url.rstrip("/")
    made = document(told, agents, archive=archive)
    click.echo(json.dumps(made, ensure_ascii=False, indent=2))


def _agent(party: Party, *, names: bool) -> Agent:
    entity = party.attributes.get("entity")
    word = str(entity.value) if entity else "unknown"
    if word not in ENTITIES_OF_PERSONS:
        return Agent(party.id, party.name, "Organization")
    kind = "Person" if word == "person" else "Agent"
    return Agent(party.id, party.name if names else "", kind)
