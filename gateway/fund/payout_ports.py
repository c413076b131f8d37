"""What payouts ask of their neighbours: where orders are kept, and who writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from gateway.fund.payout_order import Order, OrderState, PayoutFile


class PayoutStore(Protocol):
    """Payout files and what became of their orders; nothing here ever goes."""

    def add(self, made: PayoutFile) -> None:
        """Keep a file with its orders, all in flight.

        Raises:
            Conflict: an id is taken.
        """

    def find(self, file_id: str) -> PayoutFile | None:
        """A file by its message id, its orders as they stand."""

    def all(self) -> tuple[PayoutFile, ...]:
        """Every file, by when it was made and id."""

    def order(self, end_to_end: str) -> Order | None:
        """An order by its end-to-end id."""

    def end(self, end_to_end: str, state: OrderState, *, at_us: int) -> None:
        """Keep what became of an order.

        Args:
            end_to_end: Its id.
            state: Paid (after it was cancelled, too), cancelled while it was in flight,
                or returned after it was paid.
            at_us: When.

        Raises:
            Conflict: that cannot become of it, or did already.
            NotFound: there is no such order.
        """


@dataclass(frozen=True, slots=True)
class Payee:
    """Whose account is paid.

    Attributes:
        name: As its bank knows it.
        iban: The account.
        on_behalf_of: For which contributor a mutual takes it; empty for their own.
    """

    name: str
    iban: str
    on_behalf_of: str = ""


class PayoutPen(Protocol):
    """What writes the file that a bank takes."""

    def write(self, made: PayoutFile, accounts: Mapping[str, Payee]) -> bytes:
        """The file.

        Args:
            made: Its orders.
            accounts: Contributor to whose account is paid.

        Raises:
            InvalidValue: the result is no valid file.
            Misconfigured: no account to pay from is set, or the library is missing.
        """


class FileKeeper(Protocol):
    """Lays a file down, and gives it its name once its orders are kept."""

    def lay_down(self, content: bytes) -> None:
        """Write it under a name that nobody sends."""

    def name(self) -> None:
        """Give it the name it is sent under."""
