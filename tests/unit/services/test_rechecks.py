"""A proof is looked up again before it ends; its party is told before it lapses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from gateway.billing.tally import is_proven
from gateway.identity.party import Party
from gateway.identity.validity import NOTICE_DAYS, VALID_DAYS, Proven
from gateway.kernel.errors import Unavailable
from gateway.kernel.evidence import Level
from gateway.licensing.agreement import Agreement, Settling
from gateway.licensing.collection import Collection
from gateway.licensing.offer import terms_of
from gateway.services.acceptance import Acceptance
from gateway.services.agreements import Agreements
from gateway.services.parties import Parties
from gateway.services.rechecks import Notice, Rechecks
from tests.fakes.books import MemoryBooks
from tests.fakes.identity import FakeIdentityStore
from tests.fakes.ledger import a_tariff
from tests.fakes.proof_notices import FakeProofNotices
from tests.fakes.time_and_chance import CountingIds, HandClock, SeededChance

DAY_S = 86_400
VIES_S = VALID_DAYS["vies"] * DAY_S
NOTICE_S = NOTICE_DAYS * DAY_S


@dataclass
class Letter:
    to: str
    subject: str
    text: str


class Bureau:
    """Parties, agreements, and a register that answers as a test says."""

    def __init__(self, *, sells: bool = True) -> None:
        self.clock = HandClock()
        store, ids = FakeIdentityStore(), CountingIds()
        self.parties = Parties(
            store, store, clock=self.clock, ids=ids, chance=SeededChance()
        )
        self.agreements = Agreements(
            MemoryBooks(),
            parties=self.parties,
            unbilled=lambda _: 0,
            clock=self.clock,
            ids=ids,
        )
        self.answer: Callable[[Party], None] = self.silent
        self.notices = FakeProofNotices()
        self.put_in: dict[str, Letter] = {}
        self.asked: list[str] = []
        self.rechecks = Rechecks(
            self.parties,
            store=store,
            notices=self.notices,
            agreements=self.agreements,
            look_again=self.look_again,
            tell=self.tell,
            valid_days=VALID_DAYS,
            sells=sells,
            clock=self.clock,
        )

    @property
    def letters(self) -> list[Letter]:
        """What an outbox holds: the same key once."""
        return list(self.put_in.values())

    def tell(self, party: Party, notice: Notice) -> None:
        letter = Letter(party.name, notice.subject, notice.text)
        self.put_in.setdefault(notice.once, letter)

    async def look_again(self, party: Party, one: Proven) -> None:
        self.asked.append(one.source)
        self.answer(party)

    def silent(self, party: Party) -> None:
        detail = f"nobody answers for {party.name}"
        raise Unavailable(detail)

    def out_of_reach(self, agreement_id: str) -> Agreement:
        detail = f"the store cannot renew {agreement_id} now"
        raise Unavailable(detail)

    def found(self, party: Party) -> None:
        for name, value in (("vat_id", "FR40303265045"), ("entity", "company")):
            self.parties.set_attribute(
                party.id, name, value, source="vies", is_again=True
            )

    def verified(self, **told: str) -> tuple[Party, Agreement]:
        party = self.parties.add(
            "Mapworks", attributes={"entity": "company", **told}, source="self-declared"
        )
        self.found(party)
        collection = Collection(
            "registers",
            {"en": "Registers"},
            "Archive",
            contact="c@x.example",
            upstream="u",
        )
        terms = terms_of(collection, a_tariff())
        made = self.agreements.accept(party.id, Acceptance(terms, {"id": terms.id}))
        return party, made

    def is_proven(self, party: Party) -> bool:
        return is_proven(self.parties.show(party.id))


async def test_what_ends_later_than_a_month_from_now_is_left_alone() -> None:
    bureau = Bureau()
    bureau.verified()
    bureau.clock.forward(s=VIES_S - NOTICE_S - 1)

    done = await bureau.rechecks.go_round()

    assert (bureau.asked, bureau.letters, done.told) == ([], [], [])


async def test_what_is_found_again_counts_anew_and_nobody_is_written_to() -> None:
    bureau = Bureau()
    party, agreement = bureau.verified()
    bureau.answer = bureau.found
    bureau.clock.forward(s=VIES_S - NOTICE_S)

    done = await bureau.rechecks.go_round()
    bureau.clock.forward(s=NOTICE_S + 1)
    later = await bureau.rechecks.go_round()

    assert {one.attribute for one in done.found} == {"entity", "vat_id"}
    assert (later.found, later.told, bureau.letters) == ([], [], [])
    assert bureau.is_proven(party)
    assert bureau.agreements.show(agreement.id).ends_us is None


async def test_its_party_is_told_a_month_before_and_once() -> None:
    bureau = Bureau()
    party, agreement = bureau.verified()
    bureau.clock.forward(s=VIES_S - NOTICE_S)

    await bureau.rechecks.go_round()
    again = await bureau.rechecks.go_round()

    assert [one.to for one in bureau.letters] == ["Mapworks", "Mapworks"]
    assert "Your agreement is prepaid from there on" in bureau.letters[0].text
    assert {one.attribute for one in again.waiting} == {"entity", "vat_id"}
    assert bureau.is_proven(party)
    assert bureau.agreements.show(agreement.id).ends_us is None


async def test_what_nobody_proves_anew_lapses_and_is_prepaid_from_there_on() -> None:
    bureau = Bureau()
    party, agreement = bureau.verified()
    bureau.clock.forward(s=VIES_S - NOTICE_S)
    await bureau.rechecks.go_round()
    bureau.clock.forward(s=NOTICE_S)

    done = await bureau.rechecks.go_round()

    assert not bureau.is_proven(party)
    assert bureau.parties.show(party.id).level_of("entity") is Level.CLAIMED
    assert [one.attribute for one in done.lapsed] == ["entity", "vat_id"]
    (new_id,) = done.prepaid
    assert bureau.agreements.show(new_id).settling is Settling.PREPAID
    ended = bureau.agreements.show(agreement.id)
    assert (ended.settling, ended.ends_us) == (
        Settling.INVOICED,
        bureau.clock.now_us(),
    )
    after = await bureau.rechecks.go_round()
    assert (after.lapsed, after.told, len(bureau.letters)) == ([], [], 2)


async def test_whoever_was_not_told_in_time_has_a_month_from_then() -> None:
    bureau = Bureau()
    party, _ = bureau.verified()
    bureau.clock.forward(s=2 * VIES_S)

    await bureau.rechecks.go_round()
    bureau.clock.forward(s=NOTICE_S - 1)
    await bureau.rechecks.go_round()
    assert bureau.is_proven(party)

    bureau.clock.forward(s=1)
    await bureau.rechecks.go_round()
    assert not bureau.is_proven(party)


async def test_what_a_steward_vouches_for_meanwhile_does_not_lapse() -> None:
    bureau = Bureau()
    party, agreement = bureau.verified()
    bureau.clock.forward(s=VIES_S - NOTICE_S)
    await bureau.rechecks.go_round()
    bureau.parties.set_attribute(party.id, "entity", "company", source="steward")
    bureau.clock.forward(s=NOTICE_S)

    done = await bureau.rechecks.go_round()

    assert [one.attribute for one in done.lapsed] == ["vat_id"]
    assert bureau.is_proven(party)
    assert bureau.agreements.show(agreement.id).ends_us is None


@pytest.mark.parametrize(("language", "word"), [("en", "prepaid"), ("fr", "prépayé")])
async def test_the_letter_speaks_of_money_only_where_something_is_sold(
    language: str, word: str
) -> None:
    for sells in (True, False):
        bureau = Bureau(sells=sells)
        bureau.verified(language=language)
        bureau.clock.forward(s=VIES_S)

        await bureau.rechecks.go_round()

        assert (word in bureau.letters[0].text) is sells


async def lapsing(bureau: Bureau) -> None:
    """A month before the end, when the party is told, and then the end itself."""
    bureau.clock.forward(s=VIES_S - NOTICE_S)
    await bureau.rechecks.go_round()
    bureau.clock.forward(s=NOTICE_S)


async def test_an_erased_party_is_passed_over_and_stops_nobody() -> None:
    bureau = Bureau()
    gone, _ = bureau.verified()
    bureau.clock.forward(s=VIES_S - NOTICE_S)
    await bureau.rechecks.go_round()
    bureau.parties.erase(gone.id)
    bureau.clock.forward(s=NOTICE_S)

    done = await bureau.rechecks.go_round()

    assert (done.lapsed, done.told) == ([], [])


async def test_what_a_broken_round_left_on_credit_the_next_one_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bureau = Bureau()
    _, agreement = bureau.verified()
    await lapsing(bureau)
    with monkeypatch.context() as patch:
        patch.setattr(bureau.agreements, "renew", bureau.out_of_reach)
        with pytest.raises(Unavailable):
            await bureau.rechecks.go_round()

    done = await bureau.rechecks.go_round()

    (prepaid,) = [bureau.agreements.show(one) for one in done.prepaid]
    assert prepaid.settling is Settling.PREPAID
    assert bureau.agreements.show(agreement.id).ends_us is not None
    assert (await bureau.rechecks.go_round()).prepaid == []


@pytest.mark.parametrize("part", ["put_in", "kept"])
async def test_a_notice_that_breaks_off_is_told_all_the_same_and_once(
    part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash before the letter is in the outbox, and one just after."""
    bureau = Bureau()
    bureau.verified()
    bureau.clock.forward(s=VIES_S - NOTICE_S)

    def broken(*_: object, **__: object) -> None:
        raise Unavailable("the store cannot write now")

    with monkeypatch.context() as patch:
        if part == "kept":
            patch.setattr(bureau.notices, "add", broken)
        else:
            patch.setattr(bureau.rechecks, "_tell", broken)
        with pytest.raises(Unavailable):
            await bureau.rechecks.go_round()

    done = await bureau.rechecks.go_round()

    assert {one.attribute for one in done.told} == {"entity", "vat_id"}
    assert len(bureau.letters) == 2
    assert (await bureau.rechecks.go_round()).told == []
