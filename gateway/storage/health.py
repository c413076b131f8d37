"""What an examination of the store found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Health:
    """The state of a store.

    Attributes:
        faults: What is wrong, one sentence each; empty when nothing is.
        version: The last migration applied, as `room/name`.
        applied: How many migrations were applied.
        pending: Migrations this version has and the store lacks.
    """

    faults: tuple[str, ...]
    version: str
    applied: int
    pending: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        """Nothing is wrong; pending migrations are no fault."""
        return not self.faults
