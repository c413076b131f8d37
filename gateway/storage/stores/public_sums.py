"""Sums for the public pages, made in the database: a page waits for no million rows."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.fund.accounts import BARTER_INCOME, INCOME, PAYABLE_PREFIX, POTS
from gateway.fund.public_ports import ChargedLine, Flow, InvoiceIncome, Taken
from gateway.kernel.period import Period
from gateway.storage.database import LongReader

STAMP = """
SELECT (SELECT coalesce(max(position), 0) FROM audit_link) AS links,
  (SELECT count(*) FROM contribution_claim) AS claims,
  (SELECT count(*) FROM contribution_review) AS reviews,
  (SELECT count(*) FROM allocation) AS allocations,
  (SELECT count(*) FROM round_run) AS rounds,
  (SELECT count(*) FROM tally) AS tallies,
  (SELECT count(*) FROM decision) AS decisions,
  (SELECT count(*) FROM party_attribute) AS statements,
  (SELECT count(*) FROM party WHERE erased_us IS NOT NULL) AS erased,
  (SELECT coalesce(max(size), -1) FROM log_head) AS head
"""
# What moved on the two accounts of income for an invoice, and what reduced its price.
BROUGHT = f"""
SELECT ref AS invoice_id,
  sum(CASE WHEN account = '{INCOME}' THEN -amount_minor ELSE 0 END) AS received,
  sum(CASE WHEN account = '{INCOME}' AND effective_us >= :since_us
    THEN -amount_minor ELSE 0 END) AS lately,
  sum(CASE WHEN account = '{BARTER_INCOME}' AND effective_us >= :since_us
    THEN -amount_minor ELSE 0 END) AS in_kind
FROM posting JOIN journal_entry AS entry ON entry.id = posting.entry_id
WHERE account IN ('{INCOME}', '{BARTER_INCOME}') GROUP BY ref
UNION ALL SELECT invoice_id, 0, 0, sum(net_minor) FROM in_kind
WHERE at_us >= :since_us GROUP BY invoice_id
"""  # noqa: S608 - names of ours
INCOME_OF = f"""
SELECT invoice.id AS invoice_id, invoice.party_id, invoice.agreement_id,
  invoice.currency, sum(brought.received) AS received_minor,
  sum(brought.lately) AS lately_minor, sum(brought.in_kind) AS lately_in_kind_minor
FROM ({BROUGHT}) AS brought JOIN invoice ON invoice.id = brought.invoice_id
WHERE invoice.status = 'finalised'
GROUP BY invoice.id, invoice.party_id, invoice.agreement_id, invoice.currency
ORDER BY invoice.id
"""  # noqa: S608 - SQL of ours
CREDITED = """
SELECT note.invoice_id, line.position, sum(line.net_minor) AS net_minor
FROM credit_line AS line JOIN credit_note AS note ON note.id = line.note_id
GROUP BY note.invoice_id, line.position
"""
CHARGED = f"""
SELECT line.invoice_id, line.collection, line.tariff, line.tariff_version,
  line.net_minor - coalesce(credited.net_minor, 0) AS net_minor
FROM invoice_line AS line JOIN invoice ON invoice.id = line.invoice_id
LEFT JOIN ({CREDITED}) AS credited
  ON credited.invoice_id = line.invoice_id AND credited.position = line.position
WHERE invoice.status = 'finalised' ORDER BY line.invoice_id, line.position
"""  # noqa: S608 - SQL of ours
POT_NAMES = ", ".join(f"'{each}'" for each in POTS)
FLOWS = f"""
SELECT named.account, named.currency, sum(named.poured) AS poured_minor,
  sum(named.credit) AS in_minor, sum(named.debit) AS out_minor
FROM (SELECT entry.currency,
    CASE WHEN account LIKE '{PAYABLE_PREFIX}%' THEN '{PAYABLE_PREFIX[:-1]}'
      ELSE account END AS account,
    CASE WHEN entry.kind = 'waterfall' THEN -amount_minor ELSE 0 END AS poured,
    CASE WHEN amount_minor < 0 THEN -amount_minor ELSE 0 END AS credit,
    CASE WHEN amount_minor > 0 THEN amount_minor ELSE 0 END AS debit
  FROM posting JOIN journal_entry AS entry ON entry.id = posting.entry_id
  WHERE account IN ({POT_NAMES}) OR account LIKE '{PAYABLE_PREFIX}%') AS named
GROUP BY named.account, named.currency ORDER BY named.account, named.currency
"""  # noqa: S608 - names of ours
TAKEN = """
SELECT terms.party_id, count(*) AS requests, sum(event.body_bytes) AS body_bytes
FROM usage_event AS event JOIN usage_terms AS terms ON terms.id = event.terms_id
WHERE terms.is_test = 0
  AND event.occurred_us >= :start_us AND event.occurred_us < :end_us
GROUP BY terms.party_id ORDER BY terms.party_id
"""


class SqlPublicSums:
    """`gateway.fund.public_ports.PublicSums` over a database, or one instant of it."""

    def __init__(self, db: LongReader) -> None:
        self._db = db

    def stamp(self) -> tuple[int, ...]:
        """See the port."""
        row = self._db.row(STAMP)
        return tuple(int(each) for each in row.values()) if row else ()

    def income(self, *, since_us: int) -> tuple[InvoiceIncome, ...]:
        """See the port."""
        answers = self._db.answers(INCOME_OF, {"since_us": since_us})
        return tuple(InvoiceIncome(*each) for each in answers)

    def charged(self) -> Iterator[ChargedLine]:
        """See the port."""
        return (ChargedLine(*each) for each in self._db.answers(CHARGED))

    def flows(self) -> tuple[Flow, ...]:
        """See the port."""
        return tuple(Flow(**row) for row in self._db.rows(FLOWS))

    def taken(self, period: Period) -> tuple[Taken, ...]:
        """See the port."""
        bounds = {"start_us": period.start_us, "end_us": period.end_us}
        return tuple(Taken(**row) for row in self._db.rows(TAKEN, bounds))
