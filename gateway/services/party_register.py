"""Where services find a party by its id or its name."""

from __future__ import annotations

from typing import Protocol

from gateway.identity.party import Party


class PartyRegister(Protocol):
    """Where parties are found."""

    def show(self, reference: str) -> Party:
        """The party of that id or name.

        Raises:
            NotFound: there is none.
        """
