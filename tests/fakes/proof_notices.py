"""When parties were told, in memory; the same contract as the table."""

from __future__ import annotations


class FakeProofNotices:
    def __init__(self) -> None:
        self.rows: dict[tuple[str, int], int] = {}

    def add(self, party_id: str, number: int, *, at_us: int) -> None:
        self.rows.setdefault((party_id, number), at_us)

    def noticed_us(self, party_id: str, number: int) -> int | None:
        return self.rows.get((party_id, number))
