"""Who gets what is owed to somebody by name: that party, whole and once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.fund.accounts import is_gift, payable
from gateway.fund.journal import Entry
from gateway.kernel.errors import InvalidValue

PASSED_ON, PAYOUT = "gift-passed-on", "payout"


@dataclass(slots=True)
class GivenOn:
    """Gifts by currency and id: account to what is left of them.

    Attributes:
        left: What is left; a bank may take some of it back before it goes on.
        passed: The place of what was passed on.
    """

    left: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    passed: dict[tuple[str, str], int] = field(default_factory=dict)

    def take(self, entry: Entry, number: int) -> None:
        """Take an entry in.

        Raises:
            InvalidValue: a gift is passed on twice; or a payout is another's than it
                says.
        """
        if entry.kind == PAYOUT and all(
            each.account != payable(entry.ref) for each in entry.postings
        ):
            detail = f"it is for {entry.ref} and pays somebody else"
            raise InvalidValue(detail)
        name = entry.currency, entry.ref
        for posting in entry.postings:
            if is_gift(posting.account):
                left = self.left.setdefault(name, Counter())
                left[posting.account] += posting.amount_minor
        if entry.kind == PASSED_ON:
            if name in self.passed:
                detail = f"{entry.ref} was passed on before"
                raise InvalidValue(detail)
            self.passed[name] = number

    def off(self) -> Iterator[tuple[int, str]]:
        """Gifts that were not passed on whole to who was named, with why."""
        for name, number in self.passed.items():
            if any(self.left[name].values()):
                yield number, "no such gift waited to be passed on whole"
