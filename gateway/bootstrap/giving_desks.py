"""What is done with needs, standing and openness: the part of the house for it.

Each service is made when it is first asked for, as in the rest of the house.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from gateway.bootstrap.voting_desks import VotingDesks
from gateway.reciprocity.need import Needs
from gateway.services.giving import Giving
from gateway.services.need_desk import NeedDesk
from gateway.services.offsets import Offsets, Worth
from gateway.services.openness_desk import OpennessDesk
from gateway.services.standings import Standings
from gateway.storage.stores.standing_store import StoredStandingUse


class GivingDesks(VotingDesks):
    """The services around what people gave, of one set-up."""

    @cached_property
    def need_desk(self) -> NeedDesk:
        """What the commons asks for."""
        return NeedDesk(self.books, self.worth, needs=self.needs, clock=self.clock)

    @cached_property
    def standings(self) -> Standings:
        """What parties have left to spend."""
        use = StoredStandingUse(self.store)
        return Standings(self.books, use, clock=self.clock)

    @cached_property
    def giving(self) -> Giving:
        """What the books say of a party, for whoever decides."""
        return self.giving_by(self.needs)

    def giving_by(self, needs: Callable[[], Needs]) -> Giving:
        """The same, by policies that may be reloaded; from now on the house's own."""
        self.giving = Giving(
            self.books,
            self.identities,
            self.standings,
            Offsets(Worth(needs, self.worth.hour_minor)),
            StoredStandingUse(self.store),
            self.clock,
        )
        return self.giving

    @cached_property
    def openness_desk(self) -> OpennessDesk:
        """Proofs of openness."""
        return OpennessDesk(
            self.books, parties=self.identities, clock=self.clock, ids=self.ids
        )
