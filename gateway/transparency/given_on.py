"""Who gets what is owed to somebody by name: that party, whole and once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.fund.accounts import gift, is_gift, payable
from gateway.fund.journal import Entry
from gateway.kernel.errors import InvalidValue

GIFT, PASSED_ON, PAYOUT = "gift", "gift-passed-on", "payout"
TAKEN_BACK = "gift-taken-back"


@dataclass(slots=True)
class GivenOn:
    """Gifts, and which were passed on: currency and id to place, account and amount.

    What a bank took back of a gift before is not there to be passed on.
    """

    given: dict[tuple[str, str], tuple[int, str, int]] = field(default_factory=dict)
    passed: dict[tuple[str, str], tuple[int, str, int]] = field(default_factory=dict)
    taken: Counter[tuple[str, str]] = field(default_factory=Counter)

    def take(self, entry: Entry, number: int) -> None:
        """Take an entry in.

        Raises:
            InvalidValue: a gift is given or passed on twice; or a payout is another's
                than it says.
        """
        if entry.kind == PAYOUT:
            accounts = {each.account for each in entry.postings}
            if payable(entry.ref) not in accounts:
                detail = f"it is for {entry.ref} and pays somebody else"
                raise InvalidValue(detail)
        elif entry.kind in {GIFT, PASSED_ON}:
            told = self.given if entry.kind == GIFT else self.passed
            name = entry.currency, entry.ref
            if name in told:
                detail = f"{entry.ref}: there was such a {entry.kind} before"
                raise InvalidValue(detail)
            told[name] = (number, *_to(entry))
        elif entry.kind == TAKEN_BACK:
            self.taken[entry.currency, entry.ref] += sum(
                each.amount_minor for each in entry.postings if is_gift(each.account)
            )

    def off(self) -> Iterator[tuple[int, str]]:
        """Gifts that were not passed on whole to who was named, with why."""
        for name, (number, account, minor) in self.passed.items():
            _, to, given = self.given.get(name, (0, "", 0))
            if (account, minor) != (to, -given - self.taken[name]):
                yield number, "no such gift waited to be passed on whole"


def _to(entry: Entry) -> tuple[str, int]:
    found = [(e.account, e.amount_minor) for e in entry.postings if is_gift(e.account)]
    return found[0] if len(found) == 1 else (gift(""), 0)
