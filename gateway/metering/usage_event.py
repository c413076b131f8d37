"""A usage event: one metered fact, immutable, idempotent by the request id."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Ending(StrEnum):
    """How a metered response ended."""

    COMPLETE = "complete"
    ABORTED = "aborted"  # the client hung up: what was delivered counts
    CAPPED = "capped"  # a cap closed it: what was sent counts
    CUT = "cut"  # the upstream or we broke it off: counts nothing
    NOT_BILLABLE = "not-billable"  # HEAD, 304, 4xx, 5xx …: quantity 0
    TUNNEL = "tunnel"  # upgraded connections: recorded, not billed


@dataclass(frozen=True, slots=True)
class UsageEvent:
    """What passed, once.

    Attributes:
        id: The gateway's request id; the idempotency key.
        agreement_id: Under which agreement.
        party_id: By which party.
        key_id: With which key.
        collection: Of which collection.
        tariff: Under which tariff.
        tariff_version: And which version of it.
        use: For what use, as agreed.
        method: HTTP method.
        path: The canonical path; never an address of a person.
        object_sha256: Digest of target and strong ETag; empty without one.
        status: HTTP status that the client got.
        ending: How it ended.
        body_bytes: Body bytes delivered, whether billable or not.
        billable_bytes: Body bytes that count for the tariff.
        billable_requests: 0 or 1.
        is_repeat: The same object version within 30 days: priced at zero.
        priced_at_zero: The rule meters at zero.
        floor_bracket: See `gateway.licensing.decision.Meter`.
        is_test: Never invoiced.
        occurred_us: When the request came, microseconds UTC.
        policy_version: Hash of the policy set that decided.
        node: Which gateway.
        is_statement: Metered while nothing was invoiced: shown, and never owed.
    """

    id: str
    agreement_id: str
    party_id: str
    key_id: str
    collection: str
    tariff: str
    tariff_version: int
    use: str
    method: str
    path: str
    object_sha256: str
    status: int
    ending: Ending
    body_bytes: int
    billable_bytes: int
    billable_requests: int
    is_repeat: bool
    priced_at_zero: bool
    floor_bracket: int
    is_test: bool
    occurred_us: int
    policy_version: str
    node: str
    is_statement: bool = False

    @property
    def is_priced(self) -> bool:
        """Whether it can cost anything and moves the position in the brackets."""
        is_free = self.is_repeat or self.priced_at_zero or self.is_test
        return bool(self.billable_requests) and not is_free

    @property
    def is_whole(self) -> bool:
        """Whether the whole object was delivered; only then can another be a repeat."""
        return self.ending is Ending.COMPLETE and self.status in {200, 203}

    def is_same_fact(self, other: UsageEvent) -> bool:
        """Whether another event says the same; `is_repeat` is the store's to decide.

        Two events with one id that do not say the same are a conflict.
        """
        return replace(self, is_repeat=False) == replace(other, is_repeat=False)
