"""Who gets what is owed to somebody by name: that party, whole and once."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.fund.accounts import gift, is_gift, payable
from gateway.fund.journal import Entry
from gateway.kernel.errors import InvalidValue

GIFT, PASSED_ON, PAYOUT = "gift", "gift-passed-on", "payout"


@dataclass(slots=True)
class GivenOn:
    """Gifts that were not passed on yet: currency and id to account and amount."""

    held: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)

    def take(self, entry: Entry) -> None:
        """Take an entry in.

        Raises:
            InvalidValue: a gift is not passed on whole to who was named, or twice; or a
                payout is another's than it says.
        """
        name = entry.currency, entry.ref
        if entry.kind == PAYOUT:
            accounts = {each.account for each in entry.postings}
            if payable(entry.ref) not in accounts:
                detail = f"it is for {entry.ref} and pays somebody else"
                raise InvalidValue(detail)
        elif entry.kind == GIFT:
            if name in self.held:
                detail = f"{entry.ref} was given before"
                raise InvalidValue(detail)
            self.held[name] = _to(entry)
        elif entry.kind == PASSED_ON:
            account, minor = _to(entry)
            if self.held.pop(name, None) != (account, -minor):
                raise InvalidValue("no such gift waited to be passed on whole")


def _to(entry: Entry) -> tuple[str, int]:
    found = [(e.account, e.amount_minor) for e in entry.postings if is_gift(e.account)]
    return found[0] if len(found) == 1 else (gift(""), 0)
