"""Admit: what a decision names is spent here, and nowhere else."""

from __future__ import annotations

from gateway.licensing.collection import BudgetTerms
from gateway.licensing.decision import Allow, Ruling, Throttle
from gateway.metering.admit import Admitted, CapReached, admit, throttled_by_cap
from gateway.metering.budget import BudgetBook

ALLOW = Allow(Ruling("people-read-freely", "Reading is free."), budget="anonymous")


def a_book() -> BudgetBook:
    return BudgetBook(key=b"sixteen bytes ok")


def terms(*, only_under_pressure: bool = False) -> BudgetTerms:
    return BudgetTerms("anonymous", 60, 60, 2, only_under_pressure=only_under_pressure)


def test_a_decision_without_budget_passes() -> None:
    answer = admit(ALLOW, book=a_book(), terms=None, subject="a", cost=9, now_ns=0)

    assert answer == Admitted(ALLOW)


def test_within_the_budget_it_passes_with_figures() -> None:
    answer = admit(ALLOW, book=a_book(), terms=terms(), subject="a", cost=1, now_ns=0)

    assert isinstance(answer, Admitted)
    assert answer.spending
    assert (answer.budget, answer.spending.remaining) == ("anonymous", 1)


def test_over_the_budget_it_says_when_to_come_back_and_where_it_is_cheaper() -> None:
    book = a_book()
    admit(ALLOW, book=book, terms=terms(), subject="a", cost=2, now_ns=0)

    answer = admit(
        ALLOW,
        book=book,
        terms=terms(),
        subject="a",
        cost=1,
        now_ns=0,
        cheaper_door="/dump.zip",
    )

    reason = "This address has used its share for now (budget anonymous)."
    ruling = Ruling("people-read-freely", reason)
    assert answer == Throttle(ruling, "anonymous", 1, 60, 60, "/dump.zip")


def test_without_pressure_a_budget_for_pressure_refuses_nobody_and_keeps_count() -> (
    None
):
    book = a_book()

    def ask(*, pressure: bool) -> Admitted | Throttle:
        return admit(
            ALLOW,
            book=book,
            terms=terms(only_under_pressure=True),
            subject="a",
            cost=2,
            now_ns=0,
            is_under_pressure=pressure,
        )

    calm = [ask(pressure=False) for _ in range(3)]
    refused = ask(pressure=True)

    assert all(isinstance(answer, Admitted) for answer in calm)
    assert isinstance(refused, Throttle)
    assert refused.ruling.rule == ALLOW.ruling.rule
    assert refused.ruling.reason == (
        "The archive is under pressure and this address has used its share for now "
        "(budget anonymous)."
    )


def test_a_balance_that_is_used_up_promises_no_refill() -> None:
    reached = CapReached("prepaid", 0, "Top it up to go on.")

    assert throttled_by_cap(ALLOW, reached).retry_after_s == 0


def test_a_cap_that_is_reached_throttles_with_its_reason() -> None:
    reached = CapReached("monthly-cap", 3_600, "The limit of this month is reached.")

    answer = throttled_by_cap(ALLOW, reached)

    assert (answer.budget, answer.retry_after_s) == ("monthly-cap", 3_600)
    assert answer.ruling.rule == "people-read-freely"
    assert answer.ruling.reason == "The limit of this month is reached."
