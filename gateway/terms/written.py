"""What people write to us: bounded in size and in number, kept, and answered.

Corrections, appeals and disputes are forms that say different things. How they come in
is the same, and stands here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from gateway.kernel.clock import Clock
from gateway.kernel.errors import Unavailable
from gateway.kernel.request import Request
from gateway.licensing.collection import BudgetTerms
from gateway.metering.budget import BudgetBook
from gateway.terms import replies
from gateway.web.answer import Answer

METHODS = "GET, HEAD, POST"
BODY_BYTES_MAX = 16 * 1024

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Spend:
    """A budget that each letter draws on.

    Attributes:
        terms: How many, how often.
        subject: Whose.
        late: What is said when it is used up.
    """

    terms: BudgetTerms
    subject: str
    late: str


@dataclass(frozen=True, slots=True)
class Postmark:
    """How often somebody wrote lately.

    Attributes:
        budgets: Remember it.
        clock: Says when.
    """

    budgets: BudgetBook
    clock: Clock

    def refused(self, asked: Request, spends: Iterable[Spend]) -> Answer | None:
        """The answer to one letter too many; None where there is room in every budget.

        The room is used up by asking.
        """
        for each in spends:
            now_ns = self.clock.ticks_ns()
            spending = self.budgets.spend(each.terms, each.subject, 1, now_ns=now_ns)
            if not spending.is_within:
                return replies.retry_later(
                    asked, "throttle", each.late, retry_after_s=spending.retry_after_s
                )
        return None


def too_large(asked: Request, body: bytes, what: str) -> Answer | None:
    """The answer to a body that is no letter; *what* is `a dispute`."""
    if len(body) <= BODY_BYTES_MAX:
        return None
    detail = f"{what} has at most {BODY_BYTES_MAX} bytes"
    return replies.problem(asked, "too-large", detail)


def unreadable(asked: Request, fault: str, asks_for: Mapping[str, object]) -> Answer:
    """The answer to what says too little, with what is asked for."""
    return replies.problem(asked, "invalid-value", fault, fields=asks_for)


async def kept(asked: Request, keep: Callable[[T], None], letter: T) -> Answer | None:
    """Keep a letter, beside requests; an answer where the store cannot take it now."""
    try:
        await asyncio.to_thread(keep, letter)
    except Unavailable as fault:
        return replies.retry_later(
            asked, "unavailable", fault.detail, retry_after_s=fault.retry_after_s
        )
    return None
