"""What an upstream is given: times, numbers and sizes."""

from __future__ import annotations

from dataclasses import dataclass

LINE_BYTES_MAX = 64 * 1024
FIELDS_MAX = 256
HEAD_BYTES_MAX = 128 * 1024
INTERIM_MAX = 16
# Between two pieces of a chunked body: chunk heads, extensions, trailers.
CHUNK_EXTRAS_BYTES_MAX = 64 * 1024

UNREAD_BYTES_HIGH = 256 * 1024
UNREAD_BYTES_LOW = 64 * 1024


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
        idle_s: How long an idle connection is kept, seconds.
    """

    connect_s: int = 5
    silence_s: int = 60
    connections_max: int = 1024
    origin_connections_max: int = 768
    idle_s: int = 15
