"""Our own pages and labels, unless everything is passed on."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.kernel.request import Request
from gateway.licensing.collection import Collection
from gateway.services.leaks import LeakedKey, refuse_key_in
from gateway.terms.labels import Labels
from gateway.terms.own_paths import PUBLIC_PATHS, is_ours, is_public
from gateway.terms.routes import Terms
from gateway.terms.site import PREFIX
from gateway.web.answer import Answer, HeaderPairs

OURS = tuple({path[:2] for path in (*PUBLIC_PATHS, PREFIX)})
"""How the addresses of our own pages begin; few others do."""


@dataclass(slots=True)
class OffSwitch:
    """Whether everything is passed on."""

    is_on: bool = False


@dataclass(frozen=True, slots=True)
class WhileOn:
    """Our own pages, unless everything is passed on."""

    off: OffSwitch
    pages: Terms
    leaked: LeakedKey

    def is_ours(self, path: str) -> bool:
        """May this address be answered here?"""
        # As `is_ours` says; written out, for this is part of every request.
        return path.startswith(OURS) and not self.off.is_on and is_ours(path)

    async def __call__(self, asked: Request, body: bytes) -> Answer | None:
        """Answer, or None where the upstream should.

        Raises:
            InvalidValue: the address holds a key, which no answer may repeat.
        """
        if not is_public(asked.path):
            refuse_key_in(asked.target, self.leaked)
        return await self.pages(asked, body)


@dataclass(frozen=True, slots=True)
class LabelsWhileOn:
    """Our labels, unless everything is passed on."""

    off: OffSwitch
    labels: Labels

    def meant(self, asked: Request, collection: Collection | None) -> HeaderPairs:
        """What is added to an answer that says nothing of it."""
        return () if self.off.is_on else self.labels.meant(asked, collection)

    def beside(self, ours: HeaderPairs, theirs: HeaderPairs) -> HeaderPairs:
        """What of it is added to an answer with these fields."""
        return self.labels.beside(ours, theirs)
