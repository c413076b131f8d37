"""What is done around claims of work and with gifts: the part of the house for it."""

from __future__ import annotations

from functools import cached_property
from typing import TypedDict

from gateway.bootstrap.giving_desks import GivingDesks
from gateway.kernel.clock import Clock
from gateway.kernel.ids import IdSource
from gateway.services.claim_imports import ClaimImports
from gateway.services.corrections import Corrections
from gateway.services.gifts import Gifts
from gateway.services.harms import Harms
from gateway.services.oversight import Oversight
from gateway.storage.books import StoredBooks
from gateway.storage.stores.identity_store import IdentityStore


class Around(TypedDict):
    """What every service around claims is made with."""

    books: StoredBooks
    parties: IdentityStore
    clock: Clock
    ids: IdSource


class ClaimDesks(GivingDesks):
    """The services around claims, of one set-up."""

    @cached_property
    def claim_imports(self) -> ClaimImports:
        """Work that was found elsewhere."""
        return ClaimImports(**self._around_claims())

    @cached_property
    def oversight(self) -> Oversight:
        """Samples for review, appeals, and what stays after a reversal."""
        return Oversight(**self._around_claims())

    @cached_property
    def harms(self) -> Harms:
        """Harm entries."""
        return Harms(**self._around_claims())

    @cached_property
    def corrections(self) -> Corrections:
        """What readers proposed."""
        return Corrections(**self._around_claims())

    def _around_claims(self) -> Around:
        return {
            "books": self.books,
            "parties": self.identities,
            "clock": self.clock,
            "ids": self.ids,
        }

    @cached_property
    def gifts(self) -> Gifts:
        """Gifts to somebody by name, and donations to the commons."""
        return Gifts(receipts=self.receipts, **self._around_claims())
