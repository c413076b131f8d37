"""copyfair round open, voice, show, list, run: rounds that are paid."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.bootstrap import opened
from gateway.bootstrap.house import House
from gateway.cli.names import names_of
from gateway.cli.round_files import read_clusters
from gateway.cli.round_terms import hundredths, terms_of, terms_options
from gateway.cli.round_told import (
    round_document,
    run_document,
    show_outcome,
    show_round,
    voice_document,
)
from gateway.cli.screen import console, emit, json_option, table
from gateway.cli.setup import config_option
from gateway.fund.rounds.division import Outcome
from gateway.fund.rounds.inputs import BY_CREDITS, PURSES
from gateway.kernel.errors import InvalidValue
from gateway.kernel.money import Money, minor_digits, money
from gateway.services.round_run import RoundRun
from gateway.services.rounds import Opening, credits_text
from gateway.settings import Settings

ALL = "all"
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("open")
@click.argument("name")
@click.option("--pool", required=True, help='`all`, or an amount like "500.00 EUR".')
@terms_options(is_rule_required=True)
@click.option("--vote", "vote_id", default="", help="Whose tally weighs it.")
@click.option(
    "--weights", default="", help="The decision that put others in its place."
)
@click.option(
    "--voice",
    type=click.Choice(PURSES),
    default=BY_CREDITS,
    show_default=True,
    help="By earned credit, or everybody alike.",
)
@click.option("--clusters", type=FILE, help="contributor,cluster: for cluster-match.")
@click.option("--currency", default="EUR", show_default=True, help="ISO 4217.")
@config_option
@json_option
def open_(
    settings: Settings,
    *,
    name: str,
    pool: str,
    rule: str,
    vote_id: str,
    weights: str,
    voice: str,
    clusters: Path | None,
    currency: str,
    as_json: bool,
    **told: str,
) -> None:
    """Open a round; it takes voice until `round run` closes it.

    The tally of the last vote on priorities weighs its options; without a vote there
    is one. A tally that weighed a round weighs another by a decision of the members
    about `vote:VOTE`. Below `fund.round_from` nobody opens a round: see `round run
    --equal`.

    \b
    Example:
      copyfair round open 2026-autumn --pool all --rule pairwise --bound 25 \\
          --cap-share 0.2 --config my-archive/gateway.yaml
    """
    pool_minor = _pool(pool, currency)
    with opened(settings) as house:
        opening = Opening(
            name=name,
            currency=currency,
            pool_minor=pool_minor,
            terms=terms_of(rule, told, currency=currency),
            purse=voice,
            vote_id=vote_id,
            weights_by=weights,
            clusters=_clusters(house, clusters),
        )
        view, names = house.rounds.open(opening), names_of(house)
    if as_json:
        emit("round", round_document(view))
        return
    show_round(view, names)


@click.command()
@click.argument("name")
@click.option("--party", required=True, help="Who gives voice: id or name.")
@click.option("--to", "taker", required=True, help="Who is given it: id or name.")
@click.option("--credits", "credits_", required=True, help="1.25; 0 ends it.")
@click.option("--option", default="", help="Which option, where there are several.")
@config_option
@json_option
def voice(
    settings: Settings,
    *,
    name: str,
    party: str,
    taker: str,
    credits_: str,
    option: str,
    as_json: bool,
) -> None:
    """Give voice in a round, or change what was given; until the round is run.

    Voice is credit from vested contribution, never money. Nobody gives it to
    themselves; all parties of one beneficial owner have one purse.
    """
    with opened(settings) as house:
        giver = house.parties.show(party)
        made = house.rounds.voice(
            name,
            giver,
            house.parties.show(taker),
            hundredths=hundredths(credits_),
            option=option,
        )
        view = house.rounds.show(name)
        purse = house.rounds.purse(giver, view.round.purse)
    if as_json:
        emit("round-voice", {**voice_document(made), "purse_hundredths": purse})
        return
    given = sum(one.hundredths for one in view.voices if one.giver_id == giver.id)
    of = f"{credits_text(given)} of {credits_text(purse)} credits"
    console().print(f"{giver.name} has given {of}", markup=False)


@click.command()
@click.argument("name", default="")
@config_option
@json_option
def show(settings: Settings, *, name: str, as_json: bool) -> None:
    """Show a round, or the last one: voices, divisions and the value equation."""
    with opened(settings) as house:
        if not name:
            known = house.rounds.list()
            if not known:
                raise InvalidValue("there is no round yet; see `copyfair round open`")
            name = known[-1].round.name
        view, names = house.rounds.show(name), names_of(house)
    if as_json:
        emit("round", round_document(view))
        return
    show_round(view, names)


@click.command("list")
@config_option
@json_option
def list_(settings: Settings, *, as_json: bool) -> None:
    """List every round."""
    with opened(settings) as house:
        known = house.rounds.list()
    if as_json:
        emit("rounds", {"rounds": [round_document(each) for each in known]})
        return
    table(
        ("round", "state", "pool", "rule", "voices"),
        [
            (
                each.round.name,
                each.state.value,
                Money(each.pool_minor, each.round.currency),
                each.round.terms.rule,
                len(each.voices),
            )
            for each in known
        ],
    )


@click.command()
@click.argument("name")
@click.option("--equal", is_flag=True, help="The equal split of a year: NAME is 2026.")
@click.option("--decision", default="", help="By which a failed round is run again.")
@terms_options(is_rule_required=False)
@click.option("--currency", default="EUR", show_default=True, help="ISO 4217.")
@config_option
@json_option
def run(
    settings: Settings,
    *,
    name: str,
    equal: bool,
    decision: str,
    rule: str | None,
    currency: str,
    as_json: bool,
    **told: str,
) -> int:
    """Close a round and divide its pool; the same again changes nothing.

    The labour reserve is paid first, to work that nobody paid for; then the pool is
    divided among the options by the vote, and within each by the rule over voice. A
    round that fails the concentration gate pays nothing. A decision of the members
    about `round:NAME`, taken since, has it divided again under other terms.

    With `--equal` all of a small pool is split equally among contributors, once a year.

    \b
    Exit status: 0 it is paid, or there is nothing to split · 1 it failed
    Examples:
      copyfair round run 2026-autumn --config my-archive/gateway.yaml
      copyfair round run 2026 --equal --config my-archive/gateway.yaml
      copyfair round run 2026-autumn --decision dec_01k9… --rule quadratic \\
          --cap-share 0.2 --config my-archive/gateway.yaml
    """
    minor_digits(currency)
    if equal and (decision or rule):
        raise InvalidValue("an equal split has neither rule nor decision")
    if bool(decision) != bool(rule):
        raise InvalidValue("a round is run again with both --decision and --rule")
    with opened(settings) as house:
        made: RoundRun | None
        if equal:
            made = house.round_runs.yearly(name, currency)
        elif rule:
            currency = house.rounds.show(name).round.currency
            terms = terms_of(rule, told, currency=currency)
            made = house.round_runs.again(name, terms, decision)
        else:
            made = house.round_runs.run(name)
        names = names_of(house)
    return _told(name, made, names, as_json=as_json)


def _told(
    name: str, made: RoundRun | None, names: dict[str, str], *, as_json: bool
) -> int:
    if as_json:
        told = None if made is None else run_document(made.run)
        listed = [
            {
                "source": one.source,
                "amount_minor": one.amount.minor,
                "currency": one.amount.currency,
                "shares": dict(one.shares),
            }
            for one in (made.allocations if made else ())
        ]
        is_new = made is not None and made.is_new
        emit(
            "round-run",
            {"round": name, "new": is_new, "run": told, "allocations": listed},
        )
    elif made is None:
        console().print("there is nothing to split yet")
    else:
        show_outcome(made, names)
    is_failed = made is not None and made.run.outcome is Outcome.FAILED
    return 1 if is_failed else 0


def _pool(text: str, currency: str) -> int | None:
    if text == ALL:
        return None
    amount = money(text)
    if amount.currency != currency:
        detail = f"--pool is in {amount.currency}, --currency is {currency}; say one"
        raise InvalidValue(detail)
    return amount.minor


def _clusters(house: House, file: Path | None) -> tuple[tuple[str, str], ...]:
    if file is None:
        return ()
    return tuple(
        (cluster, house.parties.show(member).id)
        for cluster, members in sorted(read_clusters(file).items())
        for member in sorted(members)
    )
