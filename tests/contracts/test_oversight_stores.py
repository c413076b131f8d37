"""What the stores around claims promise, in memory and in SQLite."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.fund.gift import Gift
from gateway.kernel.errors import Conflict
from gateway.kernel.money import Money
from gateway.reciprocity.appeal import Appeal
from gateway.reciprocity.contribution import Claim, Kind
from gateway.reciprocity.correction import Correction, Decided
from gateway.reciprocity.harm import Harm, Harmed, HarmKind, Outcome, Ruling
from gateway.reciprocity.review import Review, Verdict
from gateway.reciprocity.sampling import Draw
from gateway.storage.books import StoredBooks
from tests.fakes.books import MemoryBooks

AnyBooks = MemoryBooks | StoredBooks
CLAIM = Claim(
    id="ctb_1",
    party_id="pty_1",
    kind=Kind.MIRRORS,
    title="A copy",
    evidence="https://mirror.example",
    weight_hundredths=10,
    claimed_us=9,
    done_us=5,
    origin="git:a",
)
REVERSAL = Review("rev_1", "ctb_1", "pty_2", Verdict.REVERSE, 10, "No.")
APPEAL = Appeal("apc_1", "rev_1", "pty_1", "It moved.", 11)
HEARING = Review("rev_2", "ctb_1", "pty_3", Verdict.ACCEPT, 12)
HARM = Harm("hrm_1", "pty_8", HarmKind.ENERGY, 7, "log", "pty_9", 3)
RULING = Ruling("hrm_1", Outcome.WITHDRAWN, "pty_7", "Right.", 5)
HARM_APPEAL = Appeal("apc_2", "hrm_1", "pty_8", "Not ours.", 4)
DRAW = Draw("2026-11", "pty_1", ("ctb_2", "ctb_1"), 5, 900, 3)
CORRECTION = Correction("cor_1", "https://a.example", "/1742", "Müller", "Ada", "", 4)
GIFT = Gift("gif_1", "pty_1", "pty_2", Money(500, "EUR"), "B1", "thanks", 6)


def test_a_claim_keeps_when_it_was_done_and_where_it_was_found(books: AnyBooks) -> None:
    plain = replace(CLAIM, id="ctb_2", origin="", done_us=None)
    for each in (CLAIM, plain, replace(plain, id="ctb_3")):
        books.contributions.add_claim(each)

    assert [one.claim for one in books.contributions.all()][:2] == [CLAIM, plain]
    assert books.contributions.origins() == {"git:a"}
    with pytest.raises(Conflict):
        books.contributions.add_claim(replace(CLAIM, id="ctb_4"))


def test_a_reversal_is_lifted_on_appeal_and_by_another(books: AnyBooks) -> None:
    store = books.contributions
    store.add_claim(CLAIM)
    store.add_review(REVERSAL)
    with pytest.raises(Conflict):
        store.add_review(HEARING)
    store.add_appeal(APPEAL)
    with pytest.raises(Conflict):
        store.add_review(replace(HEARING, reviewer_id="pty_2"))

    store.add_review(HEARING)

    found = store.find("ctb_1")
    assert found is not None
    assert tuple(found.reviews) == (REVERSAL, HEARING)
    assert store.appeals() == (APPEAL,)
    for again in (replace(APPEAL, id="apc_9"), replace(APPEAL, about="rev_9")):
        with pytest.raises(Conflict):
            store.add_appeal(again)


def test_who_accepted_whose_claims_is_known(books: AnyBooks) -> None:
    store = books.contributions
    for number, who in enumerate(("pty_1", "pty_1", "pty_5"), start=1):
        name = f"ctb_{number}"
        store.add_claim(replace(CLAIM, id=name, origin="", party_id=who))
        store.add_review(
            Review(f"rev_{number}", name, "pty_2", Verdict.ACCEPT, 10 + number)
        )
    store.add_claim(replace(CLAIM, id="ctb_9", origin=""))
    store.add_review(replace(REVERSAL, id="rev_9", claim_id="ctb_9"))

    assert store.accepted_by("pty_2", since_us=0) == ("pty_1", "pty_1", "pty_5")
    assert store.accepted_by("pty_2", since_us=11) == ("pty_1", "pty_5")
    assert store.accepted_by("pty_3", since_us=0) == ()
    assert store.reviewers(since_us=0) == ("pty_2",)
    assert store.reviewers(since_us=99) == ()


def test_a_draw_is_kept_once_for_a_seed_and_a_reviewer(books: AnyBooks) -> None:
    other = replace(DRAW, reviewer_id="pty_2", claim_ids=(), drawn_us=2)
    books.draws.add(DRAW)
    books.draws.add(other)

    assert books.draws.find("2026-11", "pty_1") == DRAW
    assert books.draws.find("2026-12", "pty_1") is None
    assert books.draws.all() == (other, DRAW)
    with pytest.raises(Conflict):
        books.draws.add(replace(DRAW, claim_ids=()))


def test_a_harm_comes_with_what_became_of_it(books: AnyBooks) -> None:
    other = replace(HARM, id="hrm_0", harmed_us=9)
    books.harms.add(HARM)
    books.harms.add(other)
    with pytest.raises(Conflict):
        books.harms.rule(RULING)  # nobody appealed
    books.contributions.add_appeal(HARM_APPEAL)
    for partial in ("pty_9", "pty_8"):
        with pytest.raises(Conflict):
            books.harms.rule(replace(RULING, by=partial))

    books.harms.rule(RULING)

    assert books.harms.find("hrm_1") == Harmed(HARM, HARM_APPEAL, RULING)
    assert books.harms.all() == (Harmed(HARM, HARM_APPEAL, RULING), Harmed(other))
    assert books.harms.find("hrm_9") is None
    with pytest.raises(Conflict):
        books.harms.rule(RULING)
    with pytest.raises(Conflict):
        books.harms.add(HARM)


def test_who_left_a_correction_can_be_forgotten(books: AnyBooks) -> None:
    books.corrections.keep(replace(CORRECTION, contact="ada@example.org"))

    books.corrections.forget("cor_1")
    books.corrections.forget("cor_9")

    assert books.corrections.all() == (replace(CORRECTION, name="", contact=""),)


def test_a_correction_is_kept_once_and_decided_once(books: AnyBooks) -> None:
    declined = replace(CORRECTION, id="cor_2", received_us=1)
    for each in (CORRECTION, declined, replace(CORRECTION, text="other words")):
        books.corrections.keep(each)
    decided = Decided("cor_1", "ctb_1", "", 7), Decided("cor_2", "", "It is right.", 8)
    for one in decided:
        books.corrections.decide(one)

    assert books.corrections.all() == (declined, CORRECTION)
    assert books.corrections.find("cor_1") == CORRECTION
    assert books.corrections.find("cor_9") is None
    assert books.corrections.decisions() == {"cor_1": decided[0], "cor_2": decided[1]}
    for wrong in (decided[0], Decided("cor_9", "ctb_1", "", 7)):
        with pytest.raises(Conflict):
            books.corrections.decide(wrong)


def test_a_gift_is_found_by_its_id_and_its_reference(books: AnyBooks) -> None:
    donation = replace(
        GIFT, id="don_1", to_party_id="", from_party_id="", reference="B2", memo=""
    )
    books.gifts.add(GIFT)
    books.gifts.add(donation)

    assert books.gifts.find("gif_1") == books.gifts.find("B1") == GIFT
    assert books.gifts.find("B9") is None
    assert books.gifts.all() == (donation, GIFT)
    for taken in (GIFT, replace(GIFT, id="gif_2")):
        with pytest.raises(Conflict):
            books.gifts.add(taken)


def test_what_fails_together_leaves_nothing_around_claims(books: AnyBooks) -> None:
    def stop() -> None:
        with books.together() as within:
            within.draws.add(DRAW)
            within.corrections.keep(CORRECTION)
            within.gifts.add(GIFT)
            within.harms.add(HARM)
            within.harms.rule(RULING)

    with pytest.raises(Conflict):
        stop()

    kept = (*books.draws.all(), *books.corrections.all(), *books.gifts.all())
    assert kept == ()
    assert books.harms.all() == ()
