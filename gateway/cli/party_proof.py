"""copyfair party challenge, verify: a party proves who it is."""

from __future__ import annotations

import asyncio
from typing import Any

import click

from gateway.bootstrap import opened
from gateway.bootstrap.house import House
from gateway.bootstrap.proving import proofs_of
from gateway.bootstrap.verifying import verifying
from gateway.cli.screen import console, emit, json_option
from gateway.cli.setup import config_option
from gateway.kernel.errors import InvalidValue
from gateway.services.proofs import Outcome, Proof
from gateway.services.verification import Challenge
from gateway.settings import Settings

AS_SAID = "as the party said"
EXITS = {Outcome.VERIFIED: 0, Outcome.UNKNOWN: 69}
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
@click.option(
    "--domain", default="", help="archive.example: look for the answer there."
)
@click.option(
    "--vat",
    is_flag=False,
    flag_value=AS_SAID,
    default="",
    metavar="[NUMBER]",
    help="Ask VIES; about the VAT id the party gave, where none is named.",
)
@click.option(
    "--register",
    default="",
    metavar="REGISTER:NUMBER",
    help="Ask a register: lei:…, fr:… (SIREN), no:…",
)
@click.option("--transfer", is_flag=True, help="Look for a transfer in its own name.")
@click.option(
    "--name-server",
    metavar="ADDRESS[:PORT]",
    help="Ask this one in place of the machine's own.",
)
@config_option
@json_option
@click.pass_context
def verify(context: click.Context, /, settings: Settings, **told: Any) -> None:
    """Look whether PARTY is who it says, in one way; what is proven is *verified*.

    A company becomes creditworthy by it: each bracket's own price, invoices, no paying
    ahead; its agreement follows with `agreement renew`. Of an association or a
    cooperative a domain or a VAT id proves the name alone; that it is one, a register
    or a steward says. Exit status 1 where it is not proven, 69 where nobody
    answered: nothing is changed then, ask again later.

    \b
    Example:
      copyfair party verify Mapworks --domain mapworks.example
      copyfair party verify "Mapworks SAS" --register fr:552100554
    """
    ways = [name for name in ("domain", "vat", "register", "transfer") if told[name]]
    if len(ways) != 1:
        detail = "name one way: --domain, --vat, --register or --transfer"
        raise InvalidValue(detail)
    with opened(settings) as house:
        if ways == ["domain"]:
            is_there = _domain(house, **told)
            context.exit(0 if is_there else 1)
        proof = _proof(house, ways[0], **told)
    if told["as_json"]:
        emit("party-proof", _proof_document(proof))
    else:
        console().print(proof.detail, markup=False)
        rest = "verified" if proof.is_entity_proven else "not verified"
        console().print(f"what {proof.party.name} is: {rest}", markup=False)
    context.exit(EXITS.get(proof.outcome, 1))


def _proof(
    house: House, way: str, *, reference: str, vat: str, register: str, **_: Any
) -> Proof:
    desk = proofs_of(house)
    if way == "vat":
        number = "" if vat == AS_SAID else vat
        return asyncio.run(desk.by_vat(reference, number))
    if way == "register":
        return asyncio.run(desk.by_register(reference, register))
    return desk.by_transfer(reference)


def _domain(
    house: House,
    *,
    reference: str,
    domain: str,
    name_server: str | None,
    as_json: bool,
    **_: Any,
) -> bool:
    """Look for the answer to a domain challenge; whether it is there."""
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
    return via is not None


def _proof_document(proof: Proof) -> dict[str, Any]:
    return {
        "party_id": proof.party.id,
        "outcome": proof.outcome.value,
        "detail": proof.detail,
        "number": proof.number or None,
        "reference": proof.reference or None,
        "entity_verified": proof.is_entity_proven,
    }


def _document(asked: Challenge) -> dict[str, str]:
    return {
        "party_id": asked.party_id,
        "domain": asked.domain,
        "answer": asked.answer,
        "record": asked.record,
        "page": asked.page,
    }
