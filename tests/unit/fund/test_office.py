"""Terms end, nobody has three in a row, and silence wakes the deputy."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.fund.voting.decision import Decision, Kind
from gateway.fund.voting.office import (
    SILENCE_US,
    TERM_US_MAX,
    Act,
    Office,
    Term,
    assert_may_begin,
    office_of,
)
from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.errors import InvalidValue

YEAR_US = 365 * US_PER_DAY


def a_term(number: int = 1, steward: str = "pty_1", *, lasts_us: int = YEAR_US) -> Term:
    starts_us = number * YEAR_US
    decision = f"dec_{number}" if number > 1 else ""
    return Term(
        f"trm_{number}",
        "registers",
        steward,
        "pty_9",
        starts_us,
        starts_us + lasts_us,
        decision,
    )


def appointing(
    term: Term, *, yes: int = 9, kind: Kind = Kind.APPOINT_STEWARD
) -> Decision:
    subject = f"{term.collection}/{term.steward_id}"
    return Decision(
        term.decision_id, kind, subject, "", f"vot_{term.id}", yes, 0, 0, 10, 5_000, 1
    )


def begins(term: Term, *before: Term, decisions: tuple[Decision, ...] = ()) -> None:
    assert_may_begin(
        term, before, decisions=decisions, owner_of=lambda party_id: party_id[:5]
    )


def seen(at_us: int, *acts: Act, term: Term | None = None) -> Office:
    found = office_of([term or a_term()], acts, at_us=at_us)
    assert found is not None
    return found


def did(party_id: str, at_us: int) -> Act:
    return Act(f"act_{at_us}", party_id, "open-vote", "vot_1", at_us)


def test_a_term_lasts_three_years_and_not_a_moment_longer() -> None:
    assert a_term(lasts_us=TERM_US_MAX).ends_us
    with pytest.raises(InvalidValue, match="1095 days"):
        a_term(lasts_us=TERM_US_MAX + 1)


def test_the_first_term_needs_no_decision_and_every_other_one_does() -> None:
    first, second = a_term(1), a_term(2)
    begins(first)
    with pytest.raises(InvalidValue, match="decision of the members"):
        begins(second, first)
    begins(second, first, decisions=(appointing(second),))


@pytest.mark.parametrize(
    "made",
    [
        appointing(a_term(2), yes=1),
        appointing(a_term(2), kind=Kind.RESOLVE),
        appointing(a_term(2, "pty_2")),
    ],
    ids=["no quorum", "about something else", "of somebody else"],
)
def test_another_decision_appoints_nobody(made: Decision) -> None:
    with pytest.raises(InvalidValue, match="decision of the members"):
        begins(a_term(2), a_term(1), decisions=(made,))


def test_nobody_has_three_terms_in_a_row_also_not_under_another_name() -> None:
    first, second, third = a_term(1), a_term(2), a_term(3, "pty_1-daughter")
    with pytest.raises(InvalidValue, match="in a row"):
        begins(third, first, second, decisions=(appointing(third),))
    between = a_term(2, "pty_2")
    begins(third, first, between, decisions=(appointing(third),))


def stands_in(term: Term, *, day: int = 100, what: str = "open-vote") -> list[Act]:
    """The deputy wakes after 90 days of silence, and does something on a day."""
    woken_us, done_us = (term.starts_us + each * US_PER_DAY for each in (90, day))
    return [
        Act(f"act_w{term.id}", term.deputy_id, "deputy-wakes", term.id, woken_us),
        Act(f"act_d{term.id}", term.deputy_id, what, "vot_1", done_us),
    ]


def test_a_term_in_which_the_deputy_did_the_work_is_the_deputy_s_too() -> None:
    first = a_term(1)
    second, third = (
        replace(a_term(number), steward_id="pty_9", deputy_id="pty_3")
        for number in (2, 3)
    )
    decided = (appointing(third),)

    def begins_after(*acts: Act) -> None:
        assert_may_begin(
            third, (first, second), decisions=decided, owner_of=str, acts=acts
        )

    with pytest.raises(InvalidValue, match="nobody has more than 2 terms in a row"):
        begins_after(*stands_in(first))
    begins_after()
    begins_after(stands_in(first)[0])
    begins_after(stands_in(first)[1])
    begins_after(*stands_in(first, what="check-in"))
    begins_after(*stands_in(first, day=366))  # the term was over: somebody had to


def test_whoever_had_two_terms_does_not_stay_on_as_deputy() -> None:
    first, second = a_term(1), a_term(2)
    third = replace(a_term(3, "pty_2"), deputy_id="pty_1-daughter")
    decided = (appointing(third),)
    with pytest.raises(InvalidValue, match="the deputy has had 2 terms in a row"):
        begins(third, first, second, decisions=decided)
    begins(third, first, a_term(2, "pty_2"), decisions=decided)
    begins(replace(third, deputy_id="pty_3"), first, second, decisions=decided)


def test_the_deputy_is_somebody_else_through_and_through() -> None:
    daughter = Term("trm_1", "registers", "pty_9-daughter", "pty_9", 0, YEAR_US)
    with pytest.raises(InvalidValue, match="same owner"):
        begins(daughter)
    with pytest.raises(InvalidValue, match="somebody else"):
        Term("trm_1", "registers", "pty_9", "pty_9", 0, YEAR_US)


def test_after_90_days_of_silence_the_deputy_may_act_and_not_before() -> None:
    start = a_term().starts_us
    before = seen(start + SILENCE_US - 1)
    assert before.deputy_since_us is None
    assert before.holders == {"pty_1"}
    after = seen(start + SILENCE_US)
    assert after.deputy_since_us == start + SILENCE_US
    assert after.holders == {"pty_1", "pty_9"}


def test_an_act_of_the_steward_puts_the_deputy_to_sleep_again() -> None:
    start = a_term().starts_us
    at_us = start + SILENCE_US + US_PER_DAY
    assert seen(at_us, did("pty_1", at_us)).deputy_since_us is None
    assert seen(at_us, did("pty_2", at_us)).deputy_since_us is not None
    assert seen(at_us, did("pty_1", start - 1)).deputy_since_us is not None


def test_when_the_term_is_over_the_deputy_acts_alone_until_another_begins() -> None:
    ends_us = a_term().ends_us
    busy = [did("pty_1", ends_us - 1)]
    over = seen(ends_us, *busy)
    assert over.is_over
    assert over.holders == {"pty_9"}
    other = office_of([a_term(1), a_term(2, "pty_2")], busy, at_us=ends_us + 1)
    assert other is not None
    assert other.holders == {"pty_2"}


@given(st.integers(0, 400), st.integers(0, 400))
def test_any_member_may_act_once_steward_and_deputy_are_both_silent(
    steward_day: int, deputy_day: int
) -> None:
    start = a_term().starts_us
    at_us = start + 400 * US_PER_DAY
    acts = [
        did("pty_1", start + min(steward_day, 364) * US_PER_DAY),
        did("pty_9", start + deputy_day * US_PER_DAY),
    ]
    office = seen(at_us, *acts)
    since = min(acts[0].at_us + SILENCE_US, a_term().ends_us)
    last_of_deputy = max(since, acts[1].at_us)
    assert office.is_open == (last_of_deputy + SILENCE_US <= at_us)


def test_where_no_term_ever_began_there_is_no_office() -> None:
    assert office_of([], (), at_us=0) is None
    assert office_of([a_term()], (), at_us=0) is None
