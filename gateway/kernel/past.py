"""Past requests, as a log tells them: columns of values, many requests at a time.

A month of an archive is millions of lines. Kept as columns whose texts are shared,
they cost little to hand from one process to another and to walk through.
"""

from __future__ import annotations

from typing import NamedTuple

UNKNOWN_US = -1


class Past(NamedTuple):
    """Requests in the order of their lines; every column is of the same length.

    Attributes:
        times_us: When each was written down, microseconds UTC.
        addresses: The client's address as the log has it.
        methods: As sent; empty where no request was made out.
        targets: The raw target as sent; empty where none was made out.
        hosts: Lower-case host without port; empty where the log does not say.
        statuses: HTTP status; 0 where the log does not say.
        sizes: Bytes of the answer, as the log counts them.
        agents: The `User-Agent` field, or empty.
        referers: The `Referer` field, or empty.
        took_us: How long the answer took, microseconds; `UNKNOWN_US` if unsaid.
    """

    times_us: list[int]
    addresses: list[str]
    methods: list[str]
    targets: list[str]
    hosts: list[str]
    statuses: list[int]
    sizes: list[int]
    agents: list[str]
    referers: list[str]
    took_us: list[int]

    def part(self, start: int, end: int) -> Past:
        """The requests from *start* up to, without, *end*."""
        return Past(
            times_us=self.times_us[start:end],
            addresses=self.addresses[start:end],
            methods=self.methods[start:end],
            targets=self.targets[start:end],
            hosts=self.hosts[start:end],
            statuses=self.statuses[start:end],
            sizes=self.sizes[start:end],
            agents=self.agents[start:end],
            referers=self.referers[start:end],
            took_us=self.took_us[start:end],
        )


NOTHING_PAST = Past([], [], [], [], [], [], [], [], [], [])


class PastBlock(NamedTuple):
    """What a piece of a log came to.

    Attributes:
        lines: How many lines it had.
        past: The requests of those that could be read.
    """

    lines: int
    past: Past

    @property
    def skipped(self) -> int:
        """Lines that could not be read."""
        return self.lines - len(self.past.times_us)
