"""From a line of a front server's log to a usage event; pure.

A front server knows what it handed over and whether it finished; it does not know
what was still on its way when a reader hung up, nor, always, who broke off. Doubt is
in the customer's favour.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from gateway.kernel.ids import kind_of, spelled
from gateway.metering.meter import measure, object_digest
from gateway.metering.usage_event import Ending, UsageEvent
from gateway.metering.usage_reference import UsageReference

CHUNK_BYTES = 1_024
CHUNK_FRAMING_BYTES = 7
LAST_CHUNK_BYTES = 5
SWITCHED = 101
BODILESS = frozenset({204, 304})


@dataclass(frozen=True, slots=True)
class Logged:
    """What a log line says of one metered request.

    Attributes:
        usage: The sealed reference that the decision left.
        front_id: The front server's id of the request, or empty.
        method: As sent.
        host: The Host field as sent.
        target: The raw target as sent.
        status: HTTP status that the reader got.
        sent_bytes: Body bytes written to the connection, framing included.
        length: Content-Length of the answer; None where it had none.
        received_bytes: Body bytes that came from the upstream; None if unknown.
        etag: Of the answer, or empty.
        is_complete: The front server finished the answer.
        started_us: When the request came, microseconds UTC.
    """

    usage: str
    front_id: str
    method: str
    host: str
    target: str
    status: int
    sent_bytes: int
    length: int | None
    received_bytes: int | None
    etag: str
    is_complete: bool
    started_us: int


@dataclass(frozen=True, slots=True)
class Place:
    """The one reading of where a logged request went."""

    host: str
    path: str


def logged_event(
    logged: Logged,
    reference: UsageReference,
    place: Place,
    *,
    node: str,
    unsent_bytes: int,
) -> UsageEvent:
    """The usage event of a line.

    Args:
        logged: The line.
        reference: What it refers to, opened.
        place: Where the request went.
        node: Which gateway reads the log.
        unsent_bytes: What may have been written and never left, on an abort.
    """
    ending = _ending(logged)
    measured = measure(
        ending,
        method=logged.method,
        status=logged.status,
        body_bytes=_delivered(logged, ending, unsent_bytes),
    )
    is_first = logged.front_id == reference.front_id
    return UsageEvent(
        id=reference.request_id if is_first else _id_of(logged, reference),
        agreement_id=reference.agreement_id,
        party_id=reference.party_id,
        key_id=reference.key_id,
        collection=reference.collection,
        tariff=reference.tariff,
        tariff_version=reference.tariff_version,
        use=reference.use,
        method=logged.method,
        path=place.path,
        object_sha256=object_digest(
            host=place.host, target=logged.target, etag=logged.etag
        ),
        status=logged.status,
        ending=measured.ending,
        body_bytes=measured.body_bytes,
        billable_bytes=measured.billable.body_bytes,
        billable_requests=measured.billable.requests,
        is_repeat=False,
        priced_at_zero=reference.priced_at_zero,
        floor_bracket=reference.floor_bracket,
        is_test=reference.is_test,
        occurred_us=reference.occurred_us if is_first else logged.started_us,
        policy_version=reference.policy_version,
        node=node,
        is_statement=reference.is_statement,
    )


def _ending(logged: Logged) -> Ending:
    if logged.status == SWITCHED:
        return Ending.TUNNEL
    if logged.is_complete:
        return Ending.COMPLETE
    # Everything that came was passed on: it was the upstream that broke off.
    is_cut = logged.received_bytes is not None and (
        logged.received_bytes <= logged.sent_bytes
    )
    return Ending.CUT if is_cut else Ending.ABORTED


def _delivered(logged: Logged, ending: Ending, unsent_bytes: int) -> int:
    if logged.method == "HEAD" or logged.status in BODILESS:
        return 0
    body_bytes = logged.sent_bytes
    if logged.length is not None:
        body_bytes = min(body_bytes, logged.length)
    elif body_bytes:
        pieces = -(-body_bytes // (CHUNK_BYTES + CHUNK_FRAMING_BYTES))
        framing = pieces * CHUNK_FRAMING_BYTES + LAST_CHUNK_BYTES
        body_bytes = max(0, body_bytes - framing)
    return max(0, body_bytes - unsent_bytes) if ending is Ending.ABORTED else body_bytes


def _id_of(logged: Logged, reference: UsageReference) -> str:
    """An id that the same line gives each time it is read.

    The time stays in front, so ids still sort by it.
    """
    kind = kind_of(reference.request_id)
    said = f"{reference.request_id}\n{logged.front_id}".encode()
    digest = int.from_bytes(hashlib.sha256(said).digest()[:10], "big")
    return spelled(kind, (logged.started_us // 1_000) << 80 | digest)
