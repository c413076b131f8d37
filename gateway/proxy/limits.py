"""What a client is given: every size, every wait and every count, written down.

Times are kept by one sweep a second over all connections, so each is exact to
within a second and costs no timer. Rates are averages: a slow network is no attack.
"""

from __future__ import annotations

from dataclasses import dataclass

KIBIBYTE = 1024


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What a client is given.

    Attributes:
        head_s: For a whole request head, from its first byte on.
        idle_s: Between two requests, and before the first.
        body_idle_s: Between two pieces of a request body.
        linger_s: For the rest of a request that was answered before its end.
        body_rate_min: Request body, bytes a second while we wait for it.
        body_rate_after_s: For how long it may be slower.
        reading_rate_min: Answer, bytes a second while our buffer holds some of it.
        reading_rate_after_s: For how long it may be slower.
        line_bytes_max: The request line.
        field_bytes_max: One header field, name and value.
        head_bytes_max: The whole head.
        fields_max: Header fields of one request.
        body_bytes_max: A request body.
        pipelined_bytes_max: What may wait behind the request in flight.
        connections_max: Open connections.
        connections_per_address: Of one IPv4 address, or one /64 of IPv6; trusted
            proxies are not counted.
        upstream_connections: Places at one upstream, which all clients share.
    """

    head_s: int = 10
    idle_s: int = 75
    body_idle_s: int = 30
    linger_s: int = 5
    body_rate_min: int = 500
    body_rate_after_s: int = 30
    reading_rate_min: int = 500
    reading_rate_after_s: int = 60
    line_bytes_max: int = 8_190
    field_bytes_max: int = 8_190
    head_bytes_max: int = 32 * KIBIBYTE
    fields_max: int = 128
    body_bytes_max: int = 4 * KIBIBYTE**3
    pipelined_bytes_max: int = 64 * KIBIBYTE
    connections_max: int = 20_000
    connections_per_address: int = 256
    upstream_connections: int = 768
