"""What classification asks of its neighbours; every answer is at hand, none waits."""

from __future__ import annotations

from typing import Protocol

from gateway.classification.testimony import Verdict
from gateway.kernel.request import Request


class Signatures(Protocol):
    """Judges the signature of a request."""

    def __call__(self, asked: Request, *, now_s: int) -> Verdict | None:
        """What becomes of it; None where there is none. A nonce is used up."""


class ReverseNames(Protocol):
    """Knows whose name an address has, both ways."""

    def __call__(self, address: str, domains: tuple[str, ...]) -> bool | None:
        """Does its confirmed name end in one of *domains*?

        Returns:
            None where that is not known now; a look-up has been begun.
        """
