"""What the verbs before forwarding came to for one request."""

from __future__ import annotations

from gateway.classification.facts import Facts
from gateway.identity.principal import Identified
from gateway.licensing.collection import Collection
from gateway.licensing.decision import Decision
from gateway.metering.relief.turn import Turn

Judged = tuple[Collection | None, str, Identified, Facts, Decision | Turn]
"""One request, judged: where the page belongs, the hash of the policy set that decided,
who asks, what is known, and what was decided, its budget spent. Before an expensive
page the decision holds once its turn has come.

A plain tuple: every request has one, and only `proxy.visit` takes it apart."""
