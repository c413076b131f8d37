"""One answered request, as operators see it: what was asked, decided and sent.

It is made once at the end of a request and given to everybody who counts or
writes. It holds no query, no header and no credential, because what is not there
cannot leak; the address is cut when it is written.
"""

from __future__ import annotations

from typing import NamedTuple

NS_PER_MS = 1_000_000


class Answered(NamedTuple):
    """An answered request.

    Attributes:
        request_id: `req_…`.
        decision: The decision's word; `pass` while switched off, `own` for our own
            files, `error` where we failed.
        rule: The rule's id.
        reason: One sentence.
        klass: The class that the rule gives.
        kind: The client's kind, `client.kind`.
        method: As sent.
        host: Public host without port.
        path: Canonical path without the query.
        status: HTTP status; 0 where nothing could be sent.
        body_bytes: Body bytes that left us.
        metered_bytes: Of these, bytes under an agreement.
        duration_ns: From the request's head to the end.
        client_ip: The client's address; written in part only.
        policy_version: Hash of the set that decided.
        budget: The budget that refused, or empty.
    """

    request_id: str
    decision: str
    rule: str = ""
    reason: str = ""
    klass: str = "unknown"
    kind: str = "unknown"
    method: str = ""
    host: str = ""
    path: str = ""
    status: int = 0
    body_bytes: int = 0
    metered_bytes: int = 0
    duration_ns: int = 0
    client_ip: str = ""
    policy_version: str = ""
    budget: str = ""

    @property
    def is_refused(self) -> bool:
        """Did the upstream not get to answer, because of a rule or a failure?"""
        return self.decision not in {"allow", "meter", "pass", "own"}

    @property
    def duration_ms(self) -> int:
        """Whole milliseconds, rounded down."""
        return self.duration_ns // NS_PER_MS
