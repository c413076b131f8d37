"""copyfair fund: the commons fund and its books."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import click

from gateway.bootstrap import opened
from gateway.cli.fund_endowment import endowment
from gateway.cli.fund_gifts import donate, gift, gifts, pass_on
from gateway.cli.fund_selftest import selftest
from gateway.cli.names import names_of
from gateway.cli.payouts import payouts
from gateway.cli.published import from_option, key_option, read_source
from gateway.cli.screen import complain, console, emit, json_option, prose, table
from gateway.cli.setup import config_option
from gateway.fund.journal import Entry
from gateway.fund.payout import Allocation
from gateway.kernel.clock import iso
from gateway.kernel.errors import InvalidValue
from gateway.kernel.money import Money, minor_digits, money
from gateway.kernel.period import parse_period
from gateway.settings import Settings
from gateway.transparency.published import recompute as recomputed
from gateway.transparency.recompute import UNCHECKED
from gateway.transparency.rows import shown

DIGEST = re.compile(r"(sha256:[0-9a-f]{12})[0-9a-f]{52}")
"""A commitment, and as much of it as tells it from others on a screen."""


@click.group()
def fund() -> None:
    """The commons fund: balances, statement, waterfall, allocation, payouts."""


fund.add_command(payouts)


for command in (donate, gift, pass_on, gifts, selftest, endowment):
    fund.add_command(command)


@fund.command()
@config_option
@json_option
def balance(settings: Settings, *, as_json: bool) -> None:
    """Every account that is not empty; debits above zero, credits below."""
    with opened(settings) as house:
        balances = house.fund.balance()
    if as_json:
        listed = [
            {"account": account, "currency": currency, "balance_minor": minor}
            for (account, currency), minor in sorted(balances.items())
        ]
        emit("fund-balance", {"accounts": listed, "balanced": _balances(balances)})
        return
    table(
        ("account", "balance"),
        [
            (account, Money(minor, currency))
            for (account, currency), minor in sorted(balances.items())
        ],
    )


@fund.command()
@click.option("--period", required=True, help="A month (2026-11) or a year (2026).")
@config_option
@json_option
def statement(settings: Settings, *, period: str, as_json: bool) -> None:
    """Every entry that counts in a period."""
    with opened(settings) as house:
        entries = house.fund.statement(parse_period(period))
    if as_json:
        listed = [
            {
                "entry_id": one.id,
                "kind": one.kind,
                "ref": one.ref,
                "at": iso(one.effective_us),
                "currency": one.currency,
                "postings": [
                    {"account": part.account, "amount_minor": part.amount_minor}
                    for part in one.postings
                ],
            }
            for one in entries
        ]
        emit("fund-statement", {"period": period, "entries": listed})
        return
    _print(entries)


@fund.command()
@click.option("--period", default="", help="A month or a year; everything without.")
@config_option
@json_option
def waterfall(settings: Settings, *, period: str, as_json: bool) -> None:
    """What ran through the waterfall, pot by pot."""
    with opened(settings) as house:
        figures = house.fund.waterfall(parse_period(period) if period else None)
    if as_json:
        listed = [
            {
                "currency": one.currency,
                "received_minor": one.received_minor,
                "pots": dict(one.pots),
            }
            for one in figures
        ]
        emit("fund-waterfall", {"waterfall": listed})
        return
    for one in figures:
        console().print(
            f"net receipts {Money(one.received_minor, one.currency)}", markup=False
        )
        table(
            ("pot", "amount"),
            [(pot, Money(minor, one.currency)) for pot, minor in one.pots.items()],
        )
    if not figures:
        console().print("nothing has run through it yet")


@fund.command()
@click.argument("run")
@click.option("--currency", default="EUR", help="ISO 4217.", show_default=True)
@click.option(
    "--amount",
    default="",
    help='How much, like "50.00 EUR"; the whole labour reserve without.',
)
@config_option
@json_option
def allocate(
    settings: Settings, *, run: str, currency: str, amount: str, as_json: bool
) -> None:
    """Divide among those whose work nobody paid for, by accepted weight.

    RUN names it, such as 2026-11; the same run is made once.
    """
    minor_digits(currency)
    amount_minor = _wanted(amount, currency) if amount else None
    with opened(settings) as house:
        made = house.fund.allocate(run, currency, amount_minor=amount_minor)
        names = names_of(house)
    if as_json:
        emit(
            "fund-allocation", {"run": run, "allocations": [_document(a) for a in made]}
        )
        return
    if not made:
        console().print("nothing to divide: the labour reserve is empty")
        return
    table(
        ("from", "to", "amount"),
        [
            (one.source, names.get(who, who), Money(minor, one.amount.currency))
            for one in made
            for who, minor in one.shares
        ],
    )


@fund.command()
@from_option
@key_option
@json_option
def recompute(*, source: str, key: str, as_json: bool) -> int:
    """Compute the fund again from published books, and nothing else.

    Every entry must balance; every split and every allocation is made again by its
    rule and must come to the same unit. The first row that does not is named. Without
    `--key` the key that lies beside the books is believed.

    \b
    Exit status: 0 it comes out · 1 it does not · 69 not reachable
    Example:     copyfair fund recompute --from https://archive.example/_copyfair/books
    """
    try:
        with read_source(source, key) as books:
            head, made = books.head, recomputed(books.files, books.head)
    except InvalidValue as fault:
        number = getattr(fault, "number", None)
        if as_json:
            nothing = dict.fromkeys(("size", "accounts", "rows"))
            nothing |= dict.fromkeys(("without_basis", "unchecked"))
            told = {"ok": False, "bad_row": number, "reason": fault.detail}
            emit("fund-recompute", {**told, **nothing})
        else:
            complain(fault.detail)
        return 1
    if as_json:
        listed = [
            {"account": account, "currency": currency, "balance_minor": minor}
            for (account, currency), minor in made.balances.items()
        ]
        checked = {
            "rows": dict(made.rows),
            "without_basis": made.without_basis,
            "unchecked": dict(made.unchecked),
        }
        told = {"ok": True, "size": head.size, "accounts": listed, **checked}
        emit("fund-recompute", {**told, "bad_row": None, "reason": ""})
        return 0
    table(
        ("account", "balance"),
        [
            (DIGEST.sub(r"\1…", shown(account)), Money(minor, currency))
            for (account, currency), minor in made.balances.items()
        ],
    )
    counts = ", ".join(f"{number} {kind}" for kind, number in made.rows.items())
    prose(f"{head.size} rows come out to the unit ({counts})")
    for name, number in made.unchecked.items():
        console().print(
            f"not checked, as the rows are older: {number} {UNCHECKED[name]}"
        )
    return 0


def _wanted(text: str, currency: str) -> int:
    amount = money(text)
    if amount.currency != currency:
        detail = f"--amount is in {amount.currency}, --currency is {currency}; say one"
        raise InvalidValue(detail)
    return amount.minor


def _balances(balances: Mapping[tuple[str, str], int]) -> bool:
    """Do debits and credits meet, in each currency by itself?"""
    totals: Counter[str] = Counter()
    for (_, currency), minor in balances.items():
        totals[currency] += minor
    return not any(totals.values())


def _document(one: Allocation) -> dict[str, Any]:
    return {
        "source": one.source,
        "amount_minor": one.amount.minor,
        "currency": one.amount.currency,
        "weights": dict(one.weights),
        "shares": dict(one.shares),
    }


def _print(entries: Sequence[Entry]) -> None:
    """Each entry with its postings below it: within 80 columns, always."""
    if not entries:
        console().print("none")
        return
    told = [
        (
            one,
            [(each.account, str(_amount(each, one.currency))) for each in one.postings],
        )
        for one in entries
    ]
    wide = max(len(account) for _, parts in told for account, _ in parts)
    high = max(len(amount) for _, parts in told for _, amount in parts)
    for one, parts in told:
        at = iso(one.effective_us)[:16].replace("T", " ")
        console().print(f"{at}  {one.kind}", markup=False)
        for account, amount in parts:
            console().print(f"  {account:<{wide}}  {amount:>{high}}", markup=False)


def _amount(part: Any, currency: str) -> Money:
    return Money(part.amount_minor, currency)
