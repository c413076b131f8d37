"""What a live round is asked for on the command line: a rule and its parameters."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeVar

import click

from gateway.fund.round_file import decimal
from gateway.fund.rounds.terms import PARAMETERS, RULES, Terms
from gateway.kernel.errors import InvalidValue
from gateway.kernel.money import money

F = TypeVar("F", bound=Callable[..., Any])

HUNDREDTHS = 100
OPTIONS = (
    click.option("--cap-share", default="", help="At most this share of an option."),
    click.option("--minimum", default="", help='Less gets nothing, like "5.00 EUR".'),
    click.option("--alpha", default="", help="capital-constrained: 0 to 1."),
    click.option("--bound", default="", help="pairwise: M, in credits."),
    click.option("--kept", default="", help="conviction: what a day keeps, below 1."),
    click.option("--damping", default="", help="flow: what flows on, below 1."),
)


def terms_options(*, is_rule_required: bool) -> Callable[[F], F]:
    """Add `--rule` and its parameters to a command."""

    def add(command: F) -> F:
        for option in reversed(OPTIONS):
            command = option(command)
        rule = click.option(
            "--rule",
            type=click.Choice(RULES),
            metavar="RULE",
            required=is_rule_required,
            help=f"How voice divides an option's part: {', '.join(RULES)}.",
        )
        return rule(command)

    return add


def terms_of(rule: str, told: dict[str, str], *, currency: str) -> Terms:
    """The terms that were asked for.

    Args:
        rule: One of `RULES`.
        told: Option to text; empty for the default.
        currency: Of the round.

    Raises:
        InvalidValue: a value that cannot be, or of another rule.
    """
    asked = {name: text for name, text in told.items() if text}
    fitting = {"cap_share", "minimum", *PARAMETERS.get(rule, ())}
    for name in asked:
        if name not in fitting:
            detail = f"--{name} is no parameter of the rule {rule}"
            raise InvalidValue(detail)
    values: dict[str, Fraction | int] = {}
    for name, text in asked.items():
        values[name] = _value(name, text, currency)
    return Terms(rule, **values)  # type: ignore[arg-type]  # whole where it must be


def _value(name: str, text: str, currency: str) -> Fraction | int:
    if name == "minimum":
        amount = money(text)
        if amount.currency != currency:
            detail = f"--minimum is in {amount.currency}, the round in {currency}"
            raise InvalidValue(detail)
        return amount.minor
    if name == "bound":
        return hundredths(text)
    return decimal(text)


def hundredths(text: str) -> int:
    """Credits such as 3 or 1.25, in hundredths.

    Raises:
        InvalidValue: it is no such number.
    """
    found = decimal(text) * HUNDREDTHS
    if found.denominator != 1:
        detail = f"credits have two decimals at most, {text!r} has more"
        raise InvalidValue(detail)
    return int(found)
