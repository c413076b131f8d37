"""Claims after the fact: samples, turns, appeals, harms, and what a reversal leaves."""

from __future__ import annotations

import pytest

from gateway.fund.allocation import unpaid_weights
from gateway.identity.party import Attribute, Party
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.kernel.evidence import Level
from gateway.kernel.money import Money
from gateway.reciprocity.contribution import Kind
from gateway.reciprocity.harm import HarmKind, Outcome
from gateway.reciprocity.review import State, Verdict
from gateway.reciprocity.rotation import ACCEPTED_MAX
from gateway.services.contributions import Contributions
from gateway.services.harms import Harms
from gateway.services.oversight import Oversight, Stays
from tests.fakes.books import MemoryBooks
from tests.fakes.ledger import NOVEMBER, Office, an_agreement, an_event


def person(number: int, *, owner: str = "") -> Party:
    known = {"entity": Attribute("person", Level.VOUCHED, "steward")}
    return Party(f"pty_{number}", f"Person {number}", known, owner_id=owner)


COMPANY = Party(
    "pty_9", "Mapworks", {"entity": Attribute("company", Level.VOUCHED, "steward")}
)


class Commons:
    """A commons of four people and a company; 4 belongs to 3."""

    def __init__(self) -> None:
        people = (*(person(number) for number in (1, 2, 3)), person(4, owner="pty_3"))
        self.office = Office(MemoryBooks(), *people, COMPANY)
        self.books = self.office.books
        parties, clock, ids = self.office.parties, self.office.clock, self.office.ids
        self.claims = Contributions(
            self.books.contributions, parties=parties, clock=clock, ids=ids
        )
        self.oversight = Oversight(self.books, parties=parties, clock=clock, ids=ids)
        self.harms = Harms(self.books, parties=parties, clock=clock, ids=ids)

    def work(self, who: int = 1, weight: int = 100, paid_by: str = "none") -> str:
        return self.claims.claim(
            f"pty_{who}",
            Kind.CORRECTIONS,
            title="Names",
            evidence="https://archive.example/1",
            weight_hundredths=weight,
            paid_by=paid_by,
        ).id

    def review(self, claim_id: str, verdict: Verdict, by: int) -> State:
        self.office.clock.forward(s=1)
        found = self.claims.review(
            claim_id, verdict, reviewer_id=f"pty_{by}", reason="Looked at it."
        )
        return found.state

    def credits_of(self, party_id: str) -> int:
        """Vested weight of a year, whoever paid for it."""
        now_us = self.office.clock.now_us()
        return sum(
            each.claim.weight_hundredths
            for each in self.books.contributions.all()
            if each.claim.party_id == party_id and each.is_vested(at_us=now_us)
        )

    def weights(self) -> dict[str, int]:
        now_us = self.office.clock.now_us()
        return unpaid_weights(self.books.contributions.all(), at_us=now_us)


# ── turns ────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("said", ["none", "None", " NONE "])
def test_nobody_paid_in_whatever_case(said: str) -> None:
    """Else the labour reserve would pass by who wrote it with a capital."""
    commons = Commons()
    commons.review(commons.work(paid_by=said), Verdict.ACCEPT, by=2)
    commons.review(commons.work(3, paid_by="Nonesuch Ltd"), Verdict.ACCEPT, by=2)
    assert commons.weights() == {"pty_1": 100}


def test_who_paid_is_more_than_spaces() -> None:
    with pytest.raises(InvalidValue, match="names who paid"):
        Commons().work(paid_by="  ")


def test_nobody_accepts_the_same_partys_work_over_and_over() -> None:
    commons = Commons()
    for _ in range(ACCEPTED_MAX):
        commons.review(commons.work(1), Verdict.ACCEPT, by=2)
    one_more = commons.work(1)
    commons.review(commons.work(2), Verdict.ACCEPT, by=3)

    with pytest.raises(Conflict, match=r"5 is the limit; ask Person 3\. Unreviewed"):
        commons.review(one_more, Verdict.ACCEPT, by=2)
    assert commons.review(one_more, Verdict.ACCEPT, by=3) is State.VESTED


def test_the_turn_comes_back_and_other_parties_have_turns_of_their_own() -> None:
    commons = Commons()
    for _ in range(ACCEPTED_MAX):
        commons.review(commons.work(3), Verdict.ACCEPT, by=2)
    with pytest.raises(Conflict, match="ask a maintainer who has not yet"):
        commons.review(commons.work(4), Verdict.ACCEPT, by=2)  # of the same owner
    assert commons.review(commons.work(1), Verdict.ACCEPT, by=2) is State.VESTED

    commons.office.clock.forward(s=91 * 86_400)
    assert commons.review(commons.work(4), Verdict.ACCEPT, by=2) is State.VESTED


def test_what_is_wrong_may_always_be_stopped() -> None:
    commons = Commons()
    for _ in range(ACCEPTED_MAX):
        commons.review(commons.work(1), Verdict.ACCEPT, by=2)

    assert commons.review(commons.work(1), Verdict.REVERSE, by=2) is State.REVERSED


# ── samples ──────────────────────────────────────────────────────────────────
def test_a_sample_leaves_out_ones_own_ones_owners_and_what_was_reviewed() -> None:
    commons = Commons()
    own, owners, reviewed, open_ = (commons.work(who) for who in (3, 4, 1, 1))
    commons.review(reviewed, Verdict.ACCEPT, by=2)

    draw = commons.oversight.sample("pty_3")

    assert draw.claim_ids == (open_,)
    assert (draw.of, draw.weight_hundredths) == (1, 100)
    assert {own, owners, reviewed}.isdisjoint(draw.claim_ids)


def test_a_sample_is_drawn_once_for_a_seed_and_kept() -> None:
    commons = Commons()
    for _ in range(9):
        commons.work(1)
    first = commons.oversight.sample("pty_2", seed="2026-12", count=3)
    commons.work(1, weight=90_000)

    assert commons.oversight.sample("pty_2", seed="2026-12", count=9) == first
    other = commons.oversight.sample("pty_2", seed="2026", count=9)
    assert len(other.claim_ids) == 9
    assert commons.books.draws.all() == (other, first)


@pytest.mark.parametrize("seed", ["2026-11", "2026-12-02", "x1", "autumn"])
def test_nobody_tries_seeds_until_the_right_claims_come(seed: str) -> None:
    commons = Commons()
    commons.work(1)

    with pytest.raises(InvalidValue, match="whoever chooses the seed"):
        commons.oversight.sample("pty_2", seed=seed)

    assert commons.books.draws.all() == ()


def test_a_sample_names_the_day_where_nobody_says_a_seed() -> None:
    commons = Commons()
    commons.work(1)

    assert commons.oversight.sample("pty_2").seed == "2026-12-01"
    with pytest.raises(NotFound):
        commons.oversight.sample("pty_7")


def test_whose_turn_it_is_not_is_not_drawn() -> None:
    commons = Commons()
    for _ in range(ACCEPTED_MAX):
        commons.review(commons.work(1), Verdict.ACCEPT, by=2)
    commons.work(1)

    assert commons.oversight.sample("pty_2").claim_ids == ()
    assert len(commons.oversight.sample("pty_3").claim_ids) == 1


# ── appeals ──────────────────────────────────────────────────────────────────
def test_a_reversal_is_appealed_by_the_claimant_and_heard_by_another() -> None:
    commons = Commons()
    claim = commons.work(1)
    commons.review(claim, Verdict.REVERSE, by=2)
    with pytest.raises(Conflict, match="contribution appeal"):
        commons.review(claim, Verdict.ACCEPT, by=3)

    commons.oversight.appeal(claim, by="pty_1", reason="It moved.")
    with pytest.raises(InvalidValue, match="does not hear the appeal"):
        commons.review(claim, Verdict.ACCEPT, by=2)

    assert commons.review(claim, Verdict.ACCEPT, by=3) is State.VESTED
    assert commons.weights() == {"pty_1": 100}


def test_an_appeal_may_be_upheld_and_that_appealed_again() -> None:
    commons = Commons()
    claim = commons.work(1)
    for reviewer in (2, 3):
        commons.review(claim, Verdict.REVERSE, by=reviewer)
        commons.oversight.appeal(claim, by="pty_1", reason="It moved.")

    with pytest.raises(InvalidValue):
        commons.review(claim, Verdict.ACCEPT, by=2)
    assert commons.review(claim, Verdict.ACCEPT, by=9) is State.VESTED


def test_an_appeal_that_cannot_be_is_refused() -> None:
    commons = Commons()
    standing, reversed_ = commons.work(1), commons.work(1)
    commons.review(reversed_, Verdict.REVERSE, by=2)

    with pytest.raises(Conflict, match="nothing to appeal"):
        commons.oversight.appeal(standing, by="pty_1", reason="It moved.")
    with pytest.raises(InvalidValue, match="somebody else's"):
        commons.oversight.appeal(reversed_, by="pty_2", reason="It moved.")
    with pytest.raises(NotFound):
        commons.oversight.appeal("ctb_x", by="pty_1", reason="It moved.")
    commons.oversight.appeal(reversed_, by="pty_1", reason="It moved.")
    with pytest.raises(Conflict, match="appealed before"):
        commons.oversight.appeal(reversed_, by="pty_1", reason="Again.")


# ── what a reversal leaves ───────────────────────────────────────────────────
def test_a_reversal_takes_back_what_was_not_used_and_names_what_stays() -> None:
    commons = Commons()
    claim = commons.work(1)
    commons.review(claim, Verdict.ACCEPT, by=2)
    commons.office.agree(an_agreement(party=9))
    commons.office.memory.add_events(an_event(size=6_000, party=9, agreement=1))
    (invoice,) = commons.office.billing.run(NOVEMBER).invoices
    commons.office.payments.record(
        Money(1_190, "EUR"), [invoice.number], reference="B1"
    )
    commons.office.fund.allocate("2026-11", "EUR")
    commons.review(claim, Verdict.REVERSE, by=3)

    assert commons.credits_of("pty_1") == 0
    assert commons.weights() == {}
    assert commons.oversight.stays(claim) == (
        Stays("allocation", "2026-11", None, "EUR"),
    )
    assert commons.oversight.stays("ctb_x") == ()


# ── harms ────────────────────────────────────────────────────────────────────
def test_a_harm_is_appealed_by_the_organisation_and_heard_by_another() -> None:
    commons = Commons()
    made = commons.harms.enter(
        "pty_9", HarmKind.SPAM, 40, evidence="log of 3 November", by="pty_1"
    )
    name = made.harm.id
    with pytest.raises(Conflict, match="nobody appealed"):
        commons.harms.rule(name, Outcome.UPHELD, by="pty_2", reason="Seen.")
    with pytest.raises(InvalidValue, match="which appeals it"):
        commons.harms.appeal(name, by="pty_2", reason="Not theirs.")

    commons.harms.appeal(name, by="pty_9", reason="Not ours.")
    for concerned in ("pty_1", "pty_9"):
        with pytest.raises(InvalidValue, match="is concerned"):
            commons.harms.rule(name, Outcome.UPHELD, by=concerned, reason="Seen.")
    ruled = commons.harms.rule(name, Outcome.WITHDRAWN, by="pty_2", reason="Right.")

    assert not ruled.counts
    assert commons.harms.list("pty_9") == (ruled,)
    assert commons.harms.list("pty_1") == ()
    with pytest.raises(Conflict, match="was heard"):
        commons.harms.rule(name, Outcome.UPHELD, by="pty_3", reason="Seen.")
    with pytest.raises(Conflict, match="appealed before"):
        commons.harms.appeal(name, by="pty_9", reason="Again.")


def test_harm_stands_beside_credits_and_takes_nothing_from_them() -> None:
    commons = Commons()
    commons.review(commons.work(9, paid_by="Mapworks"), Verdict.ACCEPT, by=1)
    commons.review(commons.work(1), Verdict.ACCEPT, by=2)
    before = commons.credits_of("pty_9"), commons.weights()

    commons.harms.enter("pty_9", HarmKind.LOAD, 10**9, evidence="log", by="pty_1")

    assert (commons.credits_of("pty_9"), commons.weights()) == before
    with pytest.raises(InvalidValue, match="never entered about a person"):
        commons.harms.enter("pty_2", HarmKind.LOAD, 1, evidence="log", by="pty_1")
    with pytest.raises(NotFound):
        commons.harms.appeal("hrm_x", by="pty_9", reason="Not ours.")


def test_a_years_work_and_not_more_is_drawn_from() -> None:
    commons = Commons()
    commons.work(1)
    commons.office.clock.forward(s=365 * 86_400)

    assert commons.oversight.sample("pty_2").of == 0
