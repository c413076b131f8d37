"""What usage statements need from where usage is kept. Stores block."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from gateway.kernel.period import Period
from gateway.metering.usage_statement import (
    Ended,
    Portion,
    TakenObject,
    UsageStatement,
    Window,
)


class StatementStore(Protocol):
    """Issued statements, and the usage that they tell of; nothing here ever changes."""

    def add(self, statement: UsageStatement) -> None:
        """Keep an issued statement.

        Raises:
            Conflict: its month has one of that number, or it does not begin where the
                last one ended.
        """

    def find(self, statement_id: str) -> UsageStatement | None:
        """The statement of that id."""

    def of_month(self, agreement_id: str, period: Period) -> tuple[UsageStatement, ...]:
        """The statements of a month, by number."""

    def all(self, *, agreement_id: str = "") -> tuple[UsageStatement, ...]:
        """Every statement, by month, agreement and number."""

    def agreements_in(self, period: Period) -> tuple[str, ...]:
        """Agreements under which something occurred in a period, by id."""

    def portions(self, window: Window) -> tuple[Portion, ...]:
        """The usage of a window added up, by what it was taken on."""

    def objects(self, window: Window) -> Iterator[TakenObject]:
        """Object versions of a window by digest, in constant memory."""

    def events_in(self, window: Window) -> int:
        """How many usage events a window has."""

    def ended(self, agreement_id: str, period: Period) -> Ended:
        """What became of requests that began in a period and have no event."""

    def heard(self, period: Period) -> tuple[tuple[str, int], ...]:
        """Nodes, and the hours of a period in which each was heard, microseconds."""
