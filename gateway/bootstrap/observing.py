"""The observer: what became of each request, counted and written down.

On the loop a request costs a few additions and one entry in the log's queue; the
words for it are found by the thread that writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from gateway.classification.facts import Facts
from gateway.credentials.reader import leaked_key
from gateway.identity.api_key import OURS
from gateway.kernel.request import Request
from gateway.licensing.decision import WORDS, Allow, Decision, Throttle, is_metered
from gateway.metering.judged import Accounts, Judged, decision_of
from gateway.metering.usage_event import Ending
from gateway.proxy.ports import Outcome
from gateway.services.admission import OFF
from gateway.services.policy_book import PolicyBook
from gateway.telemetry.answered import Answered
from gateway.telemetry.hooks import Telemetry
from gateway.telemetry.log import Log

COMPLETE = Ending.COMPLETE
FAILED = 500
FAULTY = 400
READER, BROWSER = "person", "browser"
UNKNOWN = "unknown"


class Listens(Protocol):
    """Hears who takes."""

    def __call__(self, outcome: Outcome, version: str) -> Answered:
        """What gets a line, in the words of telemetry; on the log's thread."""

    def is_due(self) -> bool:
        """Shall what gets no line be heard now?"""

    def hear(self, outcome: Outcome) -> None:
        """Hear what gets no line; on the loop."""


@dataclass(frozen=True, slots=True)
class Observer:
    """A `gateway.proxy.ports.Observer`.

    Attributes:
        telemetry: Counts.
        log: Writes.
        book: Knows the policies in force.
        writes: Which requests get a line: all, notable or none.
        listener: Finds the words for it on the log's thread, and hears who takes.
    """

    telemetry: Telemetry
    log: Log
    book: PolicyBook
    writes: str = "all"
    listener: Listens | None = None

    def __call__(self, outcome: Outcome) -> None:
        """Count and write down what became of a request."""
        metrics, decision = self.telemetry.metrics, outcome.decision
        body_bytes = outcome.body_bytes
        elapsed_ns, asked = outcome.elapsed_ns, outcome.asked
        metrics.answered(
            word_of(outcome),
            UNKNOWN if decision is None else decision.ruling.klass,
            outcome.status,
            body_bytes=body_bytes,
            duration_ns=elapsed_ns,
        )
        if is_metered(decision):
            metrics.metered(body_bytes)
        elif isinstance(decision, Throttle):
            metrics.budget_refused(decision.budget)
        if self.writes == "all" or (self.writes == "notable" and is_notable(outcome)):
            self.log.outcome(
                outcome,
                self.listener or described,
                self.book.current().version,
                at_us=asked.received_us and asked.received_us + elapsed_ns // 1_000,
            )
        elif self.listener is not None and self.listener.is_due():
            self.listener.hear(outcome)
        if outcome.upstream_fault or asked.query:
            self._besides(outcome)

    def reads(
        self,
        asked: Request,
        judged: Judged,
        status: int,
        *,
        body_bytes: int,
        elapsed_ns: int,
        accounts: Accounts,
    ) -> bool:
        """Count a page that was allowed and left whole, where that is all to be said.

        Returns:
            False where the whole outcome must be heard; nothing was counted then.
        """
        decision, writes, query = decision_of(judged[4]), self.writes, asked.query
        klass = decision.ruling.klass
        if writes == "all":
            return False
        if writes == "notable" and (
            status >= FAULTY
            or not (klass == READER or is_read_while_off(decision, judged[3]))
        ):
            return False
        if query and (OURS in query or "%" in query):
            return False
        word = "pass" if decision is OFF else "allow"
        self.telemetry.metrics.answered(
            word, klass, status, body_bytes=body_bytes, duration_ns=elapsed_ns
        )
        listener = self.listener
        if listener is not None and listener.is_due():
            facts = judged[3]
            listener.hear(
                Outcome(
                    asked, status, body_bytes, elapsed_ns, facts, decision, COMPLETE
                )
            )
        return True

    def _besides(self, outcome: Outcome) -> None:
        """What few requests have to tell."""
        request_id = outcome.asked.id
        if outcome.upstream_fault:
            self.telemetry.upstream_failed(
                outcome.upstream_fault, request_id=request_id
            )
        leaked = leaked_key(outcome.asked.query)
        if leaked is not None:
            # Addresses end up in logs and histories: its holder should rotate it.
            self.log.say("key.leaked", key=leaked, request_id=request_id)


def is_notable(outcome: Outcome) -> bool:
    """Is it more than a page that somebody read, and nothing stood in the way?"""
    decision = outcome.decision
    return not (
        isinstance(decision, Allow)
        and (
            decision.ruling.klass == READER
            or is_read_while_off(decision, outcome.facts)
        )
        and outcome.status < FAULTY
        and outcome.ending is COMPLETE
        and not (outcome.error or outcome.upstream_fault or outcome.is_own)
    )


def is_read_while_off(decision: Decision, facts: Facts | None) -> bool:
    """Was it passed on undecided, to what has the shape of a browser?"""
    return (
        decision is OFF and facts is not None and facts.word("client.kind") == BROWSER
    )


def described(outcome: Outcome, version: str) -> Answered:
    """One outcome, in the words of telemetry; *version* of the policies in force."""
    decision, asked, facts = outcome.decision, outcome.asked, outcome.facts
    what = word_of(outcome)
    rule, reason, klass = outcome.error, "", UNKNOWN
    metered_bytes, budget = 0, ""
    if decision is not None:
        klass = decision.ruling.klass
        if what != "error":
            rule, reason = decision.ruling.rule, decision.ruling.reason
        if is_metered(decision):
            metered_bytes = outcome.body_bytes
        elif isinstance(decision, Throttle):
            budget = decision.budget
    return Answered(
        asked.id,
        what,
        rule,
        reason,
        klass,
        UNKNOWN if facts is None else facts.word("client.kind"),
        asked.method,
        asked.host,
        asked.path,
        outcome.status,
        outcome.body_bytes,
        metered_bytes,
        outcome.elapsed_ns,
        asked.client_ip,
        version,
        budget,
    )


def word_of(outcome: Outcome) -> str:
    """The decision's word; `own`, `pass` or `error` where that is what happened."""
    if outcome.is_own:
        return "own"
    decision = outcome.decision
    if decision is None:
        return "error"
    # What broke off after its head was answered, and stays what was decided.
    if outcome.error and (outcome.ending is None or outcome.status >= FAILED):
        return "error"
    return "pass" if decision is OFF else WORDS[type(decision)]
