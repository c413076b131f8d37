"""What other floors report, and the one object that hears it.

Rooms neither log nor count. The proxy, the recorder and the policy book are handed
these hooks by the composition root; each is a few method names, so that a test can
hand in a list.
"""

from __future__ import annotations

from typing import Any, Protocol

from gateway.telemetry.answered import Answered
from gateway.telemetry.metrics import Metrics

FAULTS_SHOWN_MAX = 20


class RequestHook(Protocol):
    """Hears of every request, once, at its end."""

    def answered(self, request: Answered) -> None:
        """A request was answered, refused or broken off."""


class UpstreamHook(Protocol):
    """Hears of the archive's failures."""

    def upstream_failed(self, kind: str, *, request_id: str) -> None:
        """The archive failed: `timeout`, `refused`, `broken` or `malformed`."""


class Reload(Protocol):
    """How a reload of the policies went; see `services.policy_book`."""

    @property
    def loaded(self) -> bool:
        """The files loaded; their set is in force."""

    @property
    def changed(self) -> bool:
        """And it is another one than before."""

    @property
    def version(self) -> str:
        """The version in force afterwards."""

    @property
    def faults(self) -> tuple[str, ...]:
        """What is wrong with the files, one line each."""


class PolicyHook(Protocol):
    """Hears of reloads."""

    def policies_reloaded(self, outcome: Reload) -> None:
        """Policies were read again, well or not."""


class LedgerHook(Protocol):
    """Hears what metering cannot keep to itself."""

    def orphans_found(self, number: int) -> None:
        """So many intents of dead runs were found at the start."""


class Writer(Protocol):
    """Writes lines; see `log.Log`."""

    def say(self, event: str, **fields: Any) -> None:
        """Something happened."""

    def answered(self, request: Answered) -> None:
        """A request was answered or refused."""


class Telemetry:
    """Fills every hook: counts, and writes."""

    def __init__(self, metrics: Metrics, log: Writer) -> None:
        self.metrics = metrics
        self.log = log

    def answered(self, request: Answered) -> None:
        """A request was answered, refused or broken off."""
        self.metrics.answered(
            request.decision,
            request.klass,
            request.status,
            body_bytes=request.body_bytes,
            duration_ns=request.duration_ns,
        )
        if request.metered_bytes:
            self.metrics.metered(request.metered_bytes)
        if request.budget:
            self.metrics.budget_refused(request.budget)
        self.log.answered(request)

    def upstream_failed(self, kind: str, *, request_id: str) -> None:
        """The archive failed: `timeout`, `refused`, `broken` or `malformed`."""
        self.metrics.upstream_failed(kind)
        self.log.say("upstream.failed", kind=kind, request_id=request_id)

    def policies_reloaded(self, outcome: Reload) -> None:
        """Policies were read again; faulty files change nothing."""
        word = "replaced" if outcome.changed else "unchanged"
        word = word if outcome.loaded else "faulty"
        self.metrics.policies_reloaded(word, version=outcome.version)
        self.log.say(
            f"policy.{word}",
            policy_version=outcome.version[:16],
            faults=list(outcome.faults[:FAULTS_SHOWN_MAX]),
            faults_total=len(outcome.faults),
        )

    def orphans_found(self, number: int) -> None:
        """So many intents of dead runs were found at the start."""
        self.metrics.orphans_found(number)
        if number:
            self.log.say("intents.orphaned", number=number)
