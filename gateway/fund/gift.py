"""Gifts and donations: two books, because they are two things.

A *gift* is to somebody by name: it is passed on whole, is never matched and buys no
vote. A *donation* is to the commons: it is income and runs through the waterfall like
any other. What a giver writes beside it is kept and steers nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.kernel.errors import InvalidValue
from gateway.kernel.money import Money

MEMO_CHARS_MAX = 500


@dataclass(frozen=True, slots=True)
class Gift:
    """Money that was given for nothing in return.

    Attributes:
        id: `gif_…` to somebody by name, `don_…` to the commons.
        to_party_id: Who was named; empty for a donation to the commons.
        from_party_id: Who gave, or empty.
        amount: How much, above 0.
        reference: The bank's name for it; recording it again changes nothing.
        memo: What the giver wrote, or empty.
        received_us: When.
    """

    id: str
    to_party_id: str
    from_party_id: str
    amount: Money
    reference: str
    memo: str
    received_us: int

    def __post_init__(self) -> None:
        if self.amount.minor <= 0 or not self.reference:
            raise InvalidValue("a gift is above 0 and has a reference")
        if len(self.memo) > MEMO_CHARS_MAX:
            detail = f"a memo has at most {MEMO_CHARS_MAX} characters"
            raise InvalidValue(detail)

    @property
    def is_directed(self) -> bool:
        """Is it to somebody by name?"""
        return bool(self.to_party_id)
