"""What the verbs before forwarding came to for one request."""

from __future__ import annotations

from typing import NamedTuple

from gateway.classification.facts import Facts
from gateway.identity.principal import Identified
from gateway.licensing.collection import Collection
from gateway.licensing.decision import Decision


class Judged(NamedTuple):
    """One request, judged: whose, what, on which part, and what follows.

    Attributes:
        collection: Where the page belongs, or None.
        policy_version: Hash of the policy set that decided.
        identified: Who stands behind it.
        facts: What is known.
        decision: What was decided, its budget spent.
    """

    collection: Collection | None
    policy_version: str
    identified: Identified
    facts: Facts
    decision: Decision
