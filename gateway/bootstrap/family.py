"""Family: what the processes of one gateway share beside the store."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.credentials.nonces import Nonces
from gateway.metering.relief.history import NOWHERE, Elsewhere
from gateway.services.relief import Relief
from gateway.storage.shared_crowds import SharedCrowds
from gateway.storage.shared_marks import Marked, SharedMarks
from gateway.storage.shared_once import OnShelf, SharedOnce, Shelf


@dataclass(frozen=True, slots=True)
class Family:
    """The processes that serve beside this one.

    Attributes:
        workers: How many there are.
        once: The table of what was used once; None for a process on its own.
        seen: Who reads here, as all of them know it.
    """

    workers: int = 1
    once: SharedOnce | None = None
    seen: Elsewhere = NOWHERE

    def nonces(self) -> Nonces:
        """Nonces that no process of the family took before."""
        if self.once is None:
            return Nonces()
        known = OnShelf(self.once, Shelf.KNOWN_SIGNERS)
        return Nonces(elsewhere=(known, OnShelf(self.once, Shelf.OTHER_SIGNERS)))

    def relief_of(self, key: bytes) -> Relief:
        """This process's part of relief."""
        if self.once is None:
            return Relief(key, shared_by=self.workers)
        taken = OnShelf(self.once, Shelf.TICKETS)
        return Relief(key, shared_by=self.workers, taken=taken, elsewhere=self.seen)


ALONE = Family()


def family_of(once_fd: int, *, workers: int) -> Family:
    """The family of a child, as its parent told.

    A parent of an earlier release hands over no table, or another one; then each
    process takes once what it sees, and knows who reads here by itself, as before.
    """
    if not once_fd:
        return Family(workers)
    try:
        return Family(workers, SharedOnce(once_fd), _seen(once_fd))
    except ValueError:
        return Family(workers)


def _seen(fd: int) -> Elsewhere:
    try:
        return Elsewhere(
            readers=SharedMarks(fd, Marked.READS),
            visitors=SharedMarks(fd, Marked.VISITED),
            mannered=SharedMarks(fd, Marked.READ_ROBOTS),
            rude=SharedMarks(fd, Marked.BROKE_ROBOTS),
            crowds=SharedCrowds(fd),
        )
    except ValueError:
        return NOWHERE
