"""copyfair party recheck: what was proven, until when, and is it still so?"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import click

from gateway.bootstrap import opened
from gateway.bootstrap.proof_checks import rechecks_of
from gateway.cli.entry import EXIT_NO
from gateway.cli.names import names_of
from gateway.cli.screen import console, counted, emit, json_option, table
from gateway.cli.setup import config_option
from gateway.identity.validity import Proven
from gateway.kernel.clock import iso
from gateway.settings import Settings


@click.command()
@click.option("--list", "only_list", is_flag=True, help="Show only; ask nobody.")
@config_option
@json_option
def recheck(settings: Settings, *, only_list: bool, as_json: bool) -> int:
    """Look again at what was proven and ends within a month; again, nothing changes.

    A proof holds as long as the settings say (`evidence`). What is found again counts
    anew; of what is not, its party is told by mail, and a month later at the earliest
    it counts as claimed. A running gateway does the same once a day.

    \b
    Exit status: 0 fine · 1 something was not found again
    """
    with opened(settings) as house:
        desk = rechecks_of(house)
        names = names_of(house)
        if only_list:
            standing = [one for _, one in desk.all_standing()]
            found: list[tuple[str, Proven]] = [("proven", one) for one in standing]
            replaced: list[str] = []
        else:
            done = asyncio.run(desk.go_round())
            replaced = done.prepaid
            found = [
                *(("found again", one) for one in done.found),
                *(("told", one) for one in done.told),
                *(("waiting", one) for one in done.waiting),
                *(("lapsed", one) for one in done.lapsed),
            ]
    is_fine = all(state in {"proven", "found again"} for state, _ in found)
    if as_json:
        listed = [_document(state, one) for state, one in found]
        emit("party-recheck", {"proofs": listed, "agreements": replaced})
        return 0 if is_fine else EXIT_NO
    _shown(found, names)
    for agreement_id in replaced:
        console().print(f"{agreement_id} is in force from now on", markup=False)
    console().print(counted(len(found), "proof"), markup=False)
    return 0 if is_fine else EXIT_NO


def _shown(found: Iterable[tuple[str, Proven]], names: dict[str, str]) -> None:
    table(
        ("party", "what", "by", "until", "is"),
        [
            (
                names.get(one.party_id, one.party_id),
                one.attribute,
                one.source,
                iso(one.ends_us)[:10],
                state,
            )
            for state, one in found
        ],
    )


def _document(state: str, one: Proven) -> dict[str, Any]:
    return {
        "party_id": one.party_id,
        "attribute": one.attribute,
        "source": one.source,
        "since": iso(one.stated_us),
        "until": iso(one.ends_us),
        "state": state,
    }
