"""Who gave what to whom: the input of the rules that count contributors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from math import isqrt
from typing import TypeAlias

from gateway.kernel.errors import InvalidValue

SCALE = 10**18

# Recipient to contributor to whole units, above 0.
Ballots: TypeAlias = Mapping[str, Mapping[str, int]]


def ballots_of(given: Iterable[tuple[str, str, int]]) -> dict[str, dict[str, int]]:
    """Add up what each contributor gave to each recipient.

    Args:
        given: Recipient, contributor and whole units, 0 or more. Whoever gave 0 gave
            nothing; a recipient to whom nobody gave stays a recipient.

    Raises:
        InvalidValue: an amount is below 0, or a name is empty.
    """
    added: dict[str, Counter[str]] = {}
    for recipient, contributor, amount in given:
        if not recipient or not contributor:
            raise InvalidValue("every contribution names recipient and contributor")
        if amount < 0:
            detail = f"{contributor} gave {amount} to {recipient}: 0 or more is given"
            raise InvalidValue(detail)
        to = added.setdefault(recipient, Counter())
        if amount:
            to[contributor] += amount
    return {
        recipient: dict(sorted(to.items())) for recipient, to in sorted(added.items())
    }


def by_owner(ballots: Ballots, owners: Mapping[str, str]) -> dict[str, dict[str, int]]:
    """Count a beneficial owner once, however many parties they give through.

    Args:
        ballots: What was given.
        owners: Contributor to owner; whoever is not named owns themselves.
    """
    return ballots_of(
        (recipient, owners.get(contributor, contributor), amount)
        for recipient, to in ballots.items()
        for contributor, amount in (to or {"-": 0}).items()
    )


def root(amount: int) -> int:
    """The square root of whole units, at scale 10¹⁸, rounded down."""
    return isqrt(amount * SCALE * SCALE)


def sums(ballots: Ballots) -> dict[str, int]:
    """What was given to each recipient."""
    return {recipient: sum(to.values()) for recipient, to in ballots.items()}
