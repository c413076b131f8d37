"""The audit: every invariant of the books, checked from the rows.

No total that is stored is trusted (`services/audit_checks`). A finding is a sentence
that names the place. Everything is read as of one instant, so the books hold still
and nobody waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from gateway.billing.ports import UsageCounts
from gateway.fund.ports import Books
from gateway.kernel.errors import GatewayError
from gateway.metering.ports import IntentCounts
from gateway.services.audit_checks import CHECKS, conserved, voided

SCHEMA = "copyfair/audit/1"
CONSERVED = "usage_conserved"


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What the audit found.

    Attributes:
        usage: How the usage events stand.
        intents: How the intents stand.
        rated_not_invoiced: Currency to net minor units that were rated, and whose
            draft was voided.
        findings: Check name to what is wrong, one sentence each; every check is
            named.
    """

    usage: UsageCounts
    intents: IntentCounts
    rated_not_invoiced: dict[str, int]
    findings: dict[str, tuple[str, ...]]

    @property
    def ok(self) -> bool:
        """Does every invariant hold?"""
        return not any(self.findings.values())

    def document(self) -> dict[str, Any]:
        """The report as `copyfair audit --json` prints it."""
        held = {f"{name}": not found for name, found in self.findings.items()}
        return {
            "schema": SCHEMA,
            "ok": self.ok,
            "events": self.usage.events,
            "rated": self.usage.rated,
            "excluded": dict(self.usage.excluded),
            "unrated": self.usage.unrated,
            "duplicates": self.usage.duplicates,
            "intents_open": self.intents.open,
            "intents_orphaned": self.intents.orphaned,
            "rated_not_invoiced": self.rated_not_invoiced,
            **held,
            "faults": [each for found in self.findings.values() for each in found],
        }


class Audit:
    """Checks the books."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def run(self) -> AuditReport:
        """Check everything.

        Raises:
            Unavailable: the store does not answer.
        """
        with self._books.reading() as books:
            usage = books.ratings.usage()  # goes through every event: once is enough
            found = {name: _looked(check, books) for name, check in CHECKS.items()}
            found[CONSERVED] = chain(conserved(usage), found[CONSERVED])
            return AuditReport(
                usage=usage,
                intents=books.usage.intents(),
                rated_not_invoiced=voided(books),
                findings={name: tuple(sentences) for name, sentences in found.items()},
            )


def _looked(check: Callable[[Books], Iterator[str]], books: Books) -> Iterator[str]:
    """What a check finds; a row that cannot be read as a value is a finding too."""
    try:
        yield from check(books)
    except GatewayError as fault:
        yield fault.detail
