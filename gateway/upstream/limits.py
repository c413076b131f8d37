"""What an upstream is given: times, numbers and sizes."""

from __future__ import annotations

from dataclasses import dataclass

LINE_BYTES_MAX = 64 * 1024
FIELDS_MAX = 256
HEAD_BYTES_MAX = 128 * 1024
INTERIM_MAX = 16
# Between two pieces of a chunked body: chunk heads, extensions, trailers.
CHUNK_EXTRAS_BYTES_MAX = 64 * 1024
# By so much may all that outweigh the body. Chunks of five bytes and more never reach
# it; a flood of smaller ones, or of long extensions, does.
CHUNK_FRAMING_BYTES_MAX = 64 * 1024

# What is more is read on when somebody waits for it; one read is as long as the event
# loop makes it, which has a quarter of a megabyte for that.
UNREAD_BYTES_MAX = 64 * 1024

# Of one request body before its upstream is asked, and of all of them together.
HELD_BYTES_MAX = 64 * 1024
HELD_ALL_BYTES_MAX = 64 * 1024 * 1024

# A client that lets an upstream wait and moves less is slow, bytes a second.
DAWDLE_BYTES_PER_S = 16 * 1024
# Where others wait, slow clients have at most one place of so many.
DAWDLERS_SHARE = 2


@dataclass(frozen=True, slots=True)
class Limits:
    """What an upstream is given.

    Attributes:
        connect_s: To accept a connection, and before that for a place in the pool,
            seconds each.
        silence_s: Between two bytes of its answer, seconds; noticed within one more.
        connections_max: At once, over all upstreams.
        origin_connections_max: At once, to one upstream; less, so that one that is
            stuck leaves the others room.
        hold_s: For how long a request body is gathered before its upstream is asked.
        idle_s: How long an idle connection is kept, seconds.
    """

    connect_s: int = 5
    silence_s: int = 60
    connections_max: int = 1024
    origin_connections_max: int = 768
    hold_s: float = 5
    idle_s: int = 15


def limits_of(places: int) -> Limits:
    """As shipped, with so many connections to one upstream and a third more in all."""
    return Limits(connections_max=places + places // 3, origin_connections_max=places)
