"""What the admin listener shows, and where it comes from.

Everything is handed in by the composition root. What blocks is called in a thread.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from gateway.kernel.period import Period
from gateway.licensing.policy import PolicySet
from gateway.licensing.switches import Switches

Check = Callable[[], Awaitable[str]]
"""Gives why something is not ready, as one sentence; empty when it is."""


@dataclass(frozen=True, slots=True)
class Question:
    """A request that nobody sent: what would be answered?

    Attributes:
        url: The public URL.
        method: HTTP method.
        ip: The client's address, or empty.
        headers: Header fields in order.
        token: A credential of ours, or empty.
    """

    url: str
    method: str = "GET"
    ip: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    token: str = field(default="", repr=False)


class Explain(Protocol):
    """Answers as a live request would be answered; consumes nothing."""

    def __call__(self, question: Question) -> Mapping[str, Any]:
        """The document that `copyfair explain --json` prints; blocking.

        Raises:
            InvalidValue: the question has no reading.
            Unavailable: the store cannot be asked.
        """


class UsageReport(Protocol):
    """Adds usage up."""

    def report(
        self, *, period: Period | None = None, agreement_id: str = ""
    ) -> Mapping[str, Any]:
        """The document that `copyfair usage report --json` prints; blocking.

        Raises:
            Unavailable: the store cannot be asked.
        """


async def at_hand() -> None:
    """Every figure is counted in this process."""


@dataclass(frozen=True)
class Admin:
    """Everything the admin listener can show.

    Attributes:
        version: Of this software.
        boot_id: Of this run.
        policies: Gives the set in force.
        switches: Gives the gateway's switches as they stand.
        is_off: Is everything passed on?
        faults: What keeps the newest policy files from being in force.
        checks: Name to check, for readiness.
        metrics: Gives content type and body.
        explain: Answers a question.
        usage: Adds usage up.
        audit: Every invariant of the books; blocking.
        top: Who takes now; the rates of this moment.
        refresh: Has other processes say their figures; asked before they are shown.
        workers: The processes that serve readers; empty where it is this one.
    """

    version: str
    boot_id: str
    policies: Callable[[], PolicySet]
    switches: Callable[[], Switches]
    is_off: Callable[[], bool]
    faults: Callable[[], tuple[str, ...]]
    checks: Mapping[str, Check]
    metrics: Callable[[], tuple[str, bytes]]
    explain: Explain
    usage: UsageReport
    audit: Callable[[], Mapping[str, Any]]
    top: Callable[[], Mapping[str, Any]]
    refresh: Callable[[], Awaitable[None]] = at_hand
    workers: Callable[[], tuple[Mapping[str, Any], ...]] = tuple
