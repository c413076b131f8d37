"""The log grows by what the books gained, and by nothing that was changed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.billing.settlement import Payment
from gateway.fund.accounts import LABOUR_RESERVE, OPERATOR_FEE, PAYABLE_PREFIX
from gateway.fund.payout import Payout
from gateway.kernel.errors import Conflict, NotFound
from gateway.kernel.money import Money
from gateway.reciprocity.contribution import Claim, Kind
from gateway.reciprocity.review import Review, Verdict
from gateway.services.open_books import OpenBooks
from gateway.transparency import kinds
from gateway.transparency.claim_kinds import APPEAL, HARM, RULING
from gateway.transparency.openness_kinds import OPENNESS
from gateway.transparency.ports import UsageBatch
from gateway.transparency.recompute import Recomputed, recomputed
from gateway.transparency.round_kinds import ROUNDS
from gateway.transparency.rows import row_in
from gateway.transparency.vote_kinds import VOTING
from tests.fakes.books import MemoryBooks
from tests.fakes.ledger import NOVEMBER, Office, a_party, an_event
from tests.fakes.log import MemoryBatches, MemoryLog

BATCH = UsageBatch("agr_1", 20_000, 2, 10, 9, 2, "a" * 64)


class Salts:
    """A salt for everybody who was not erased."""

    def __init__(self) -> None:
        self.erased: set[str] = set()

    def salt_of(self, party_id: str) -> str:
        if not party_id.startswith("pty_"):
            raise NotFound(party_id)
        return "" if party_id in self.erased else f"salt of {party_id}"


class Archive:
    """An office whose books are open."""

    def __init__(self, *batches: UsageBatch) -> None:
        self.office = Office(MemoryBooks(), a_party(1), a_party(2), a_party(3))
        self.office.agree()
        self.log, self.salts = MemoryLog(), Salts()
        self.batches = MemoryBatches(*batches)
        self.version = "f00d"
        self.open_books = OpenBooks(
            self.office.books,
            self.log,
            usage=self.batches,
            salts=self.salts,
            policy_version=lambda: self.version,
            clock=self.office.clock,
            ids=self.office.ids,
        )

    def earn(self, *amounts: int) -> None:
        """An invoice of 1,190, paid in parts as far as they fit."""
        self.office.memory.add_events(an_event(size=6_000))
        (invoice,) = self.office.billing.run(NOVEMBER).invoices
        left = 1_190
        for number, amount in enumerate(amounts):
            part = min(amount, left)
            left -= part
            if part:
                money = Money(part, "EUR")
                numbers = [invoice.number]
                self.office.payments.record(money, numbers, reference=f"IBAN-{number}")

    def work(self, party_id: str, weight: int) -> None:
        """Work that nobody paid for, accepted."""
        now_us = self.office.clock.now_us()
        claim = Claim(
            id=self.office.ids.new("ctb"),
            party_id=party_id,
            kind=Kind.RECORDS,
            title="Names",
            evidence="https://archive.example/1",
            weight_hundredths=weight,
            paid_by="none",
            claimed_us=now_us,
        )
        verdict = Review(
            id=self.office.ids.new("rev"),
            claim_id=claim.id,
            reviewer_id="pty_1",
            verdict=Verdict.ACCEPT,
            reason="",
            reviewed_us=now_us,
        )
        self.office.books.contributions.add_claim(claim)
        self.office.books.contributions.add_review(verdict)

    def recomputed(self) -> Recomputed:
        return recomputed(self.log.lines())


def kinds_in(archive: Archive) -> set[str]:
    return {row.kind for row in archive.log.rows}


def test_a_stranger_follows_what_was_borne_and_what_was_given_back() -> None:
    archive = Archive()
    archive.earn(590)
    (view,) = archive.office.invoices.list()
    number, pay = view.invoice.number, archive.office.payments
    pay.record(Money(6, "EUR"), [number], reference="CARD-1", fee_minor=6)
    archive.office.invoices.credit(number, reason="it was ours")

    archive.open_books.grow()

    happened = {one.kind for one in archive.office.books.journal.entries()}
    assert {"fee-borne", "given-back"} <= happened
    balances = archive.recomputed().balances
    assert (OPERATOR_FEE, "EUR") not in balances
    assert sum(balances.values()) == 0


@given(
    payments=st.lists(st.integers(0, 700), max_size=4),
    weights=st.tuples(st.integers(1, 900), st.integers(1, 900)),
)
@settings(max_examples=25, deadline=None)
def test_a_stranger_comes_to_every_balance_whatever_happened(
    payments: list[int], weights: tuple[int, int]
) -> None:
    archive = Archive()
    archive.earn(*payments)
    for party_id, weight in zip(("pty_2", "pty_3"), weights, strict=True):
        archive.work(party_id, weight)
    archive.open_books.grow()
    archive.office.fund.allocate("2026-11", "EUR")
    archive.open_books.grow()

    def figures(balances: dict[tuple[str, str], int]) -> list[tuple[str, int]]:
        return sorted(
            (PAYABLE_PREFIX if account.startswith(PAYABLE_PREFIX) else account, minor)
            for (account, _), minor in balances.items()
        )

    own = archive.office.books.journal.balances()
    assert figures(dict(archive.recomputed().balances)) == figures(dict(own))


def test_everything_that_stands_in_the_books_is_logged() -> None:
    archive = Archive(BATCH)
    archive.earn(1_190)
    archive.work("pty_2", 300)
    archive.office.fund.allocate("2026-11", "EUR")
    grown = archive.open_books.grow()
    # What is not here has tests of its own.
    not_here = {
        *(
            kinds.CREDIT_NOTE,
            kinds.WATERFALL,
            kinds.WATERFALL_BY_PAYER,
            kinds.FOOTPRINT,
            kinds.INCOME_GIVEN_BACK,
        ),
        *(*VOTING, *ROUNDS, *OPENNESS, APPEAL, HARM, RULING),
    }
    assert kinds_in(archive) == set(kinds.KINDS) - not_here
    assert grown.added == grown.size == len(archive.log.rows)
    assert all(row_in(row.line) == row for row in archive.log.rows)


def test_what_is_logged_is_logged_once() -> None:
    archive = Archive(BATCH)
    archive.earn(500)
    size = archive.open_books.grow().size
    assert archive.open_books.grow() == archive.open_books.grow()
    assert archive.log.size() == size
    archive.batches.recorded.append(replace(BATCH, events=1, sha256="b" * 64))
    archive.version = "beef"
    assert archive.open_books.grow().added == 2
    assert [*archive.log.keys(kinds.POLICY)] == ["f00d", "beef"]


def test_a_payout_keeps_its_reference_to_itself() -> None:
    archive = Archive()
    archive.earn(1_190)
    archive.work("pty_2", 300)
    archive.office.fund.allocate("2026-11", "EUR")
    archive.office.fund.pay_out(Payout("pty_2", Money(50, "EUR"), "SEPA-1", paid_us=9))
    archive.open_books.grow()
    text = "\n".join(archive.log.lines())
    assert "SEPA-1" not in text
    assert "IBAN-0" not in text
    assert "pty_" not in text
    assert archive.recomputed().balances


def test_an_erasure_changes_no_row() -> None:
    archive = Archive()
    archive.earn(1_190)
    archive.work("pty_2", 300)
    archive.office.fund.allocate("2026-11", "EUR")
    archive.open_books.grow()
    before = [*archive.log.lines()]
    archive.salts.erased.update(("pty_1", "pty_2"))
    assert archive.open_books.grow().added == 0
    assert [*archive.log.lines()] == before


def test_who_was_erased_before_the_log_knew_them_cannot_be_guessed() -> None:
    names: set[str | None] = set()
    for _ in range(2):
        archive = Archive()
        archive.office.ids.new("skip")
        archive.earn(1_190)
        archive.work("pty_2", 300)
        archive.salts.erased.add("pty_2")
        archive.office.fund.allocate("2026-11", "EUR")
        for _ in names:
            archive.office.ids.new("skip")
        archive.open_books.grow()
        names.add(archive.log.called("party:pty_2"))
    assert len(names) == 2


def test_a_changed_past_is_refused_by_name() -> None:
    archive = Archive()
    archive.earn(1_190)
    archive.open_books.grow()
    journal = archive.office.memory.journal
    entry = next(one for one in journal.rows.values() if one.kind == "waterfall")
    journal.rows[entry.id] = replace(entry, ref="pay_another")
    with pytest.raises(Conflict, match=f"what was logged of entry {entry.id}"):
        archive.open_books.grow()


def test_a_past_that_is_gone_is_refused_by_name() -> None:
    archive = Archive()
    archive.earn(1_190)
    archive.open_books.grow()
    payments: dict[str, Payment] = archive.office.memory.payments.rows
    payments.clear()  # stands in no row
    archive.open_books.grow()
    archive.office.memory.bases.rows.clear()
    gone = r"waterfall-as-booked ent_\w+ was logged and is gone"
    with pytest.raises(Conflict, match=gone):
        archive.open_books.grow()


def test_without_a_basis_a_split_is_logged_and_counted() -> None:
    archive = Archive()
    archive.earn(1_190)
    archive.office.memory.bases.rows.clear()
    archive.open_books.grow()
    assert archive.recomputed().without_basis == 1
    assert archive.recomputed().balances[LABOUR_RESERVE, "EUR"] < 0
