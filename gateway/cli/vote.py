"""copyfair vote: ask contributors what comes first, or members to decide."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from gateway.bootstrap import opened
from gateway.cli.recounted import verify
from gateway.cli.screen import console, emit, json_option, table
from gateway.cli.setup import config_option
from gateway.cli.vote_matter import matter_of, matter_options
from gateway.fund.voting.vote import Option
from gateway.kernel.clock import US_PER_DAY, iso
from gateway.kernel.errors import InvalidValue
from gateway.services.vote_document import receipt_document, vote_document
from gateway.services.votes import VoteView
from gateway.settings import Settings

DAYS_MAX = 365


@click.group()
def vote() -> None:
    """What comes first, and what members decide; ballots are secret."""


vote.add_command(verify)


@vote.command("open")
@click.argument("title")
@click.option(
    "--option",
    "options",
    multiple=True,
    metavar="NAME=TITLE",
    help="What may be voted for; at least two.",
)
@click.option(
    "--credits",
    "credits_each",
    default=99,
    show_default=True,
    help="What each contributor has to spend; n votes for one option cost n times n.",
)
@matter_options
@click.option(
    "--days",
    type=click.IntRange(1, DAYS_MAX),
    default=14,
    show_default=True,
    help="How long ballots are taken.",
)
@click.option("--by", default="", help="The steward who opens it: id or name.")
@config_option
@json_option
def open_(
    settings: Settings,
    *,
    title: str,
    options: tuple[str, ...],
    credits_each: int,
    days: int,
    by: str,
    as_json: bool,
    **asked: Any,
) -> None:
    """Open a vote; who may vote is fixed now.

    With `--option` contributors say what comes first, and the tally is the weights of
    the next round. Else members decide on one matter: yes, no or abstain.

    \b
    Examples:  copyfair vote open "What comes first?" --option care="Care work" \\
                   --option records="Mend records"
               copyfair vote open "The new prices" --ratify tariff ai-2026@3
    """
    lasts_us = days * US_PER_DAY
    with opened(settings) as house:
        by_id = house.parties.show(by).id if by else ""
        matter = matter_of(house, title, asked)
        if (matter is None) != bool(options):
            raise InvalidValue("say either `--option` twice or more, or one matter")
        if matter is None:
            view = house.votes.open_priorities(
                title,
                [_option(each) for each in options],
                credits_each=credits_each,
                lasts_us=lasts_us,
                by=by_id,
            )
        else:
            view = house.votes.open_matter(title, matter, lasts_us=lasts_us, by=by_id)
    _show(view, as_json=as_json)


@vote.command()
@click.argument("vote_id", metavar="VOTE")
@click.option("--party", required=True, help="Whose ballot it is: id or name.")
@click.option(
    "--vote",
    "votes",
    multiple=True,
    metavar="OPTION=VOTES",
    help="How many votes an option gets.",
)
@click.option("--answer", default="", help="yes, no or abstain, where members decide.")
@click.option("--by", default="", help="The steward who hands in a paper ballot.")
@click.option(
    "--receipt",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the voter's receipt there, in place of the screen.",
)
@config_option
@json_option
def cast(
    settings: Settings,
    *,
    vote_id: str,
    party: str,
    votes: tuple[str, ...],
    answer: str,
    by: str,
    receipt: Path | None,
    as_json: bool,
) -> None:
    """Put a ballot in the box; of each voter the last one counts.

    The receipt belongs to the voter: whoever sees it sees how they voted.
    """
    said = dict(_votes(each) for each in votes)
    if answer:
        said[answer] = 1
    with opened(settings) as house:
        made = house.ballot_box.cast(
            vote_id,
            house.parties.show(party).id,
            said,
            by=house.parties.show(by).id if by else "",
        )
    document = receipt_document(made)
    if receipt is not None:
        text = json.dumps(document, ensure_ascii=False, indent=2)
        receipt.write_text(f"{text}\n", encoding="utf-8")
    if as_json:
        shown = document if receipt is None else {**document, "nonce": None}
        emit("ballot", shown)
        return
    console().print(f"{made.commitment}  cast", markup=False)
    if receipt is None:
        table(("receipt", ""), [(name, _cell(v)) for name, v in document.items()])


@vote.command()
@click.argument("vote_id", metavar="VOTE")
@click.option("--by", default="", help="The steward who closes it: id or name.")
@config_option
@json_option
def close(settings: Settings, *, vote_id: str, by: str, as_json: bool) -> None:
    """Count a vote whose time is over, or in which everybody voted.

    Whose ballot was whose is deleted with it.
    """
    with opened(settings) as house:
        by_id = house.parties.show(by).id if by else ""
        view = house.votes.close(vote_id, by=by_id)
    _show(view, as_json=as_json)


@vote.command()
@click.argument("vote_id", metavar="VOTE")
@config_option
@json_option
def show(settings: Settings, *, vote_id: str, as_json: bool) -> None:
    """Show a vote; how ballots stand is told when it is closed."""
    with opened(settings) as house:
        view = house.votes.show(vote_id)
    _show(view, as_json=as_json)


@vote.command("list")
@config_option
@json_option
def list_(settings: Settings, *, as_json: bool) -> None:
    """List votes, oldest first."""
    with opened(settings) as house:
        views = house.votes.list()
    if as_json:
        emit("votes", {"votes": [vote_document(view) for view in views]})
        return
    table(
        ("vote", "about", "title", "voted", "of", "came to"),
        [
            (
                view.vote.id,
                view.vote.word,
                view.vote.title,
                view.voted,
                view.entitled,
                _came_to(view),
            )
            for view in views
        ],
    )


def _option(text: str) -> Option:
    name, _, title = text.partition("=")
    return Option(name.strip(), title.strip() or name.strip())


def _votes(text: str) -> tuple[str, int]:
    """`records=3`.

    Raises:
        InvalidValue: no whole number.
    """
    name, _, number = text.partition("=")
    if not number.isdecimal() or not number.isascii():
        detail = (
            f"--vote takes an option and a whole number such as care=3, not {text!r}"
        )
        raise InvalidValue(detail)
    return name.strip(), int(number)


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {votes}" for name, votes in value.items()) or "blank"
    return str(value)


def _came_to(view: VoteView) -> str:
    if view.decision is not None:
        return view.decision.outcome.value
    if view.in_force is not None:
        return _cell(dict(view.in_force.weights))
    return f"open until {iso(view.vote.closes_us)[:16].replace('T', ' ')}"


def _show(view: VoteView, *, as_json: bool) -> None:
    if as_json:
        emit("vote", vote_document(view))
        return
    out = console()
    one = view.vote
    out.print(f"{one.id}  {one.title}", markup=False)
    out.print(f"{view.voted} of {view.entitled} voted; {_came_to(view)}", markup=False)
    if view.tally is not None:
        out.print(f"counted as {view.tally.method.value}", markup=False)
        if view.in_force is not None and view.in_force.decision_id:
            was = _cell(dict(view.tally.weights))
            by = view.in_force.decision_id
            out.print(f"the ballots gave {was}; members decided otherwise in {by}")
        return
    if view.decision is not None:
        made = view.decision
        out.print(f"{made.yes} yes, {made.no} no, {made.abstain} abstained: {made.id}")
        return
    table(("option", "title"), [(each.name, each.title) for each in one.options])
