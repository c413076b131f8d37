"""copyfair party challenge, verify: a party proves that a domain is its own."""

from __future__ import annotations

import asyncio

import click

from gateway.bootstrap import opened
from gateway.bootstrap.verifying import verifying
from gateway.cli.screen import console, emit, json_option
from gateway.cli.setup import config_option
from gateway.services.verification import Challenge
from gateway.settings import Settings

domain_option = click.option("--domain", required=True, help="archive.example")


@click.command()
@click.argument("reference", metavar="PARTY")
@domain_option
@config_option
@json_option
def challenge(
    settings: Settings, *, reference: str, domain: str, as_json: bool
) -> None:
    """Say what PARTY is to publish to prove that a domain is its own.

    \b
    Example:  copyfair party challenge Mapworks --domain mapworks.example
    """
    with opened(settings) as house:
        asked = verifying(house).challenge(reference, domain)
    if as_json:
        emit("party-challenge", _document(asked))
        return
    console().print(
        f"Publish one of the two, then run `copyfair party verify`:\n"
        f"  DNS   {asked.record}. TXT {asked.answer}\n"
        f"  web   {asked.page}\n        with the line {asked.answer}",
        markup=False,
    )


@click.command()
@click.argument("reference", metavar="PARTY")
@domain_option
@click.option(
    "--name-server",
    metavar="ADDRESS[:PORT]",
    help="Ask this one in place of the machine's own.",
)
@config_option
@json_option
@click.pass_context
def verify(
    context: click.Context,
    settings: Settings,
    *,
    reference: str,
    domain: str,
    name_server: str | None,
    as_json: bool,
) -> None:
    """Look whether PARTY published the answer; what is proven is *verified*.

    A company becomes creditworthy by it: free bracket, invoices, no paying ahead. An
    association or a university proves its domain; that it is one, a register or a
    steward says. Exit status 1 where the answer is not there.

    \b
    Example:  copyfair party verify Mapworks --domain mapworks.example
    """
    with opened(settings) as house:
        desk = verifying(house, name_server=name_server)
        found = asyncio.run(desk.verify(reference, domain))
    via = found.via.value if found.via else None
    if as_json:
        document = {
            **_document(found.challenge),
            "via": via,
            "entity_verified": found.is_entity_proven,
        }
        emit("party-verified", document)
    elif via is None:
        asked = found.challenge
        console().print(
            f"the answer stands neither in {asked.record} nor at {asked.page}",
            markup=False,
        )
    else:
        rest = "verified" if found.is_entity_proven else "still a steward's to confirm"
        console().print(
            f"{found.party.name} holds {found.challenge.domain} ({via});"
            f" what it is: {rest}",
            markup=False,
        )
    if via is None:
        context.exit(1)


def _document(asked: Challenge) -> dict[str, str]:
    return {
        "party_id": asked.party_id,
        "domain": asked.domain,
        "answer": asked.answer,
        "record": asked.record,
        "page": asked.page,
    }
