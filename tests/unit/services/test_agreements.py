"""gateway.services.agreements: from an offer to an agreement, and its money."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.billing.tax import Seller
from gateway.fund.accounts import prepaid
from gateway.identity.party import Party
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.kernel.evidence import Level
from gateway.kernel.money import Money
from gateway.kernel.period import month_of
from gateway.kernel.use import Use
from gateway.licensing.agreement import Settling
from gateway.licensing.collection import Collection
from gateway.licensing.offer import terms_of
from gateway.licensing.policy import PolicySet
from gateway.licensing.tariff import Tariff
from gateway.services.acceptance import Acceptance
from gateway.services.agreements import Agreements
from gateway.services.allowances import AgreementAllowances
from gateway.services.published_tariffs import tariff_conflicts
from tests.fakes.books import FakeParties, MemoryBooks
from tests.fakes.ledger import SELF, a_party, a_tariff
from tests.fakes.time_and_chance import CountingIds, HandClock


class Register(FakeParties):
    """Parties that are found, or not."""

    def show(self, reference: str) -> Party:
        party = self.find_party(reference)
        if party is None:
            raise NotFound("no such party")
        return party


class Desk:
    def __init__(self, *parties: Party, seller: Seller = SELF) -> None:
        self.resting: set[str] = set()
        self.books = MemoryBooks()
        self.clock = HandClock()
        self.parties = Register(*parties)
        self.agreements = Agreements(
            self.books,
            parties=self.parties,
            unbilled=lambda _: 0,
            clock=self.clock,
            ids=CountingIds(),
        )
        self.allowances = AgreementAllowances(
            self.books,
            parties=self.parties,
            seller=seller,
            is_invoiced=lambda collection: collection not in self.resting,
        )


def asked(
    tariff: Tariff | None = None, *, priced: bool = True, is_test: bool = False
) -> Acceptance:
    collection = Collection(
        "registers", {"en": "Registers"}, "Archive", contact="c@x.example", upstream="u"
    )
    offered = tariff or a_tariff()
    terms = terms_of(collection, offered if priced else None)
    return Acceptance(terms, {"id": terms.id}, is_test=is_test)


def test_a_verified_party_is_invoiced_and_its_tariff_is_pinned() -> None:
    desk = Desk(a_party())

    agreement = desk.agreements.accept("pty_1", asked())

    assert agreement.settling is Settling.INVOICED
    assert (agreement.tariff, agreement.tariff_version) == ("ai-2026", 1)
    assert agreement.collections == {"registers"}
    assert desk.agreements.tariff("ai-2026", 1) == a_tariff()
    offer = desk.books.agreements.offer_of(agreement.id)
    assert offer
    assert offer.offer_id == asked().terms.id


def test_a_party_that_nobody_verified_pays_ahead() -> None:
    desk = Desk(a_party(level=Level.CLAIMED))

    assert desk.agreements.accept("pty_1", asked()).settling is Settling.PREPAID


def test_an_offer_without_a_tariff_is_not_accepted() -> None:
    desk = Desk(a_party())

    with pytest.raises(InvalidValue):
        desk.agreements.accept("pty_1", asked(priced=False))
    assert desk.agreements.list() == ()


def test_accepting_the_same_again_gives_the_same_agreement() -> None:
    desk = Desk(a_party())
    first = desk.agreements.accept("pty_1", asked())
    desk.clock.forward(s=1)

    assert desk.agreements.accept("pty_1", asked()) == first
    assert len(desk.agreements.list()) == 1


def test_accepting_a_newer_version_ends_the_older_agreement() -> None:
    desk = Desk(a_party())
    old = desk.agreements.accept("pty_1", asked())
    desk.clock.forward(s=1)

    new = desk.agreements.accept("pty_1", asked(a_tariff(2)))

    now_us = desk.clock.now_us()
    assert desk.agreements.show(old.id).ends_us == now_us
    found = desk.agreements.find_in_force("pty_1", "registers", at_us=now_us)
    assert found == new


def test_verification_lifts_prepayment_with_the_next_acceptance() -> None:
    desk = Desk(a_party(level=Level.CLAIMED))
    assert desk.agreements.accept("pty_1", asked()).settling is Settling.PREPAID
    desk.parties.known["pty_1"] = a_party(level=Level.VERIFIED)
    desk.clock.forward(s=1)

    assert desk.agreements.accept("pty_1", asked()).settling is Settling.INVOICED


@pytest.mark.parametrize("level", [Level.VERIFIED, Level.VOUCHED])
def test_a_vouched_party_is_invoiced_once_its_agreement_is_renewed(
    level: Level,
) -> None:
    desk = Desk(a_party(level=Level.CLAIMED))
    terms = replace(asked(), cap_minor=700, uses=frozenset({Use.TRAIN}))
    old = desk.agreements.accept("pty_1", replace(terms, idempotency_key="k" * 8))
    desk.parties.known["pty_1"] = a_party(level=level)
    desk.clock.forward(s=1)

    new = desk.agreements.renew(old.id)

    now_us = desk.clock.now_us()
    assert new.settling is Settling.INVOICED
    assert desk.agreements.show(old.id).ends_us == now_us
    assert replace(new, id=old.id, settling=old.settling, starts_us=old.starts_us) == (
        old
    )
    find = desk.agreements.find_in_force
    assert find("pty_1", "registers", at_us=now_us) == new
    offer = desk.books.agreements.offer_of(new.id)
    assert offer
    assert offer.offer_id == terms.terms.id
    assert desk.agreements.accepted_with(terms.terms, "k" * 8) == (
        desk.agreements.show(old.id)
    )


def test_renewing_what_nothing_changed_for_changes_nothing() -> None:
    desk = Desk(a_party(level=Level.CLAIMED), a_party(2))
    prepaid_one = desk.agreements.accept("pty_1", asked())
    test = desk.agreements.accept("pty_2", asked(is_test=True))

    assert desk.agreements.renew(prepaid_one.id) == prepaid_one
    assert desk.agreements.renew(test.id) == test
    assert len(desk.agreements.list()) == 2


def test_an_agreement_that_has_ended_is_not_renewed() -> None:
    desk = Desk(a_party())
    agreement = desk.agreements.accept("pty_1", asked())
    desk.agreements.end(agreement.id)

    with pytest.raises(Conflict):
        desk.agreements.renew(agreement.id)
    with pytest.raises(NotFound):
        desk.agreements.renew("agr_9")


def test_an_idempotency_key_leads_to_one_agreement() -> None:
    desk = Desk(a_party(), a_party(2))
    keyed = replace(asked(), idempotency_key="a-key-of-mine")

    made = desk.agreements.accept("pty_1", keyed)

    assert desk.agreements.accepted_with(keyed.terms, "a-key-of-mine") == made
    assert desk.agreements.accepted_with(keyed.terms, "another-key") is None
    assert desk.agreements.accepted_with(keyed.terms, "") is None
    other_offer = asked(a_tariff(2)).terms
    assert desk.agreements.accepted_with(other_offer, "a-key-of-mine") is None
    with pytest.raises(Conflict):
        desk.agreements.accept("pty_2", keyed)
    assert desk.agreements.list("pty_2") == ()


def test_a_tariff_that_was_edited_without_a_new_version_is_named() -> None:
    edited = a_tariff(brackets=((None, 1),))
    published = (a_tariff(), a_tariff(2))

    def found(tariff: Tariff) -> tuple[str, ...]:
        policies = PolicySet("v", (), {}, {tariff.id: tariff})
        return tariff_conflicts(policies, published)

    (sentence,) = found(edited)
    assert sentence.startswith("tariff ai-2026 version 1 is published with other terms")
    assert "version 2" in sentence
    assert found(a_tariff()) == ()
    assert found(a_tariff(3, brackets=((None, 1),))) == ()


def test_a_published_version_with_other_terms_is_refused_whole() -> None:
    desk = Desk(a_party())
    assert desk.agreements.publish(a_tariff())
    assert not desk.agreements.publish(a_tariff())

    with pytest.raises(Conflict):
        desk.agreements.accept("pty_1", asked(a_tariff(brackets=((None, 1),))))
    assert desk.agreements.list() == ()
    assert desk.agreements.tariffs() == (a_tariff(),)
    with pytest.raises(NotFound):
        desk.agreements.tariff("ai-2026", 9)


def test_a_live_key_never_uses_a_test_agreement_and_a_test_key_prefers_it() -> None:
    desk = Desk(a_party())
    test = desk.agreements.accept("pty_1", asked(is_test=True))
    at_us = desk.clock.now_us()
    find = desk.agreements.find_in_force

    assert test.settling is Settling.TEST
    assert find("pty_1", "registers", at_us=at_us) is None
    assert find("pty_1", "registers", at_us=at_us, is_test=True) == test

    live = desk.agreements.accept("pty_1", asked())
    assert find("pty_1", "registers", at_us=at_us) == live
    assert find("pty_1", "registers", at_us=at_us, is_test=True) == test
    assert find("pty_1", "letters", at_us=at_us) is None


def test_an_agreement_ends_once() -> None:
    desk = Desk(a_party())
    agreement = desk.agreements.accept("pty_1", asked())

    ended = desk.agreements.end(agreement.id)

    assert not ended.is_in_force(desk.clock.now_us())
    assert desk.agreements.list("pty_1") == (ended,)
    with pytest.raises(Conflict):
        desk.agreements.end(agreement.id)
    with pytest.raises(NotFound):
        desk.agreements.show("agr_9")


def test_money_paid_ahead_is_owed_to_the_customer_until_it_is_used() -> None:
    desk = Desk(a_party(level=Level.CLAIMED))
    agreement = desk.agreements.accept("pty_1", asked())
    paid = Money(5_000, "EUR")

    assert desk.agreements.top_up(agreement.id, paid, reference="RF-1") == 5_000
    assert desk.agreements.top_up(agreement.id, paid, reference="RF-1") == 5_000

    assert desk.agreements.prepaid_minor(agreement.id) == 5_000
    assert desk.books.journal.balance(prepaid(agreement.id), "EUR") == -5_000


def test_a_top_up_that_cannot_be_is_refused() -> None:
    desk = Desk(a_party(level=Level.CLAIMED))
    agreement = desk.agreements.accept("pty_1", asked())
    top_up = desk.agreements.top_up
    top_up(agreement.id, Money(5_000, "EUR"), reference="RF-1")

    with pytest.raises(Conflict):
        top_up(agreement.id, Money(5_001, "EUR"), reference="RF-1")
    with pytest.raises(InvalidValue):
        top_up(agreement.id, Money(5, "USD"), reference="RF-2")
    with pytest.raises(InvalidValue):
        top_up(agreement.id, Money(0, "EUR"), reference="RF-2")
    with pytest.raises(NotFound):
        top_up("agr_9", Money(5, "EUR"), reference="RF-2")


def test_what_was_paid_ahead_limits_what_may_be_taken_without_vat() -> None:
    desk = Desk(a_party(level=Level.CLAIMED), a_party(2, owner_id="pty_1"))
    agreement = desk.agreements.accept(
        "pty_1", replace(asked(), cap_minor=700, uses=frozenset({Use.TRAIN}))
    )
    desk.agreements.top_up(agreement.id, Money(1_190, "EUR"), reference="RF-1")
    at_us = desk.clock.now_us()

    allowance = desk.allowances.allowance(agreement.id, at_us=at_us)

    cap, paid = allowance.limits
    assert (cap.name, cap.limits.micros, cap.period) == (
        "monthly-cap",
        7_000_000,
        month_of(at_us),
    )
    assert (paid.name, paid.limits.micros) == ("prepaid", 10_000_000)
    assert allowance.owner_party_ids == ("pty_1", "pty_2")
    assert not allowance.is_proven
    with pytest.raises(NotFound):
        desk.allowances.allowance("agr_9", at_us=at_us)


def test_a_verified_party_has_no_limit_it_did_not_set() -> None:
    desk = Desk(a_party())
    agreement = desk.agreements.accept("pty_1", asked())

    allowance = desk.allowances.allowance(agreement.id, at_us=desk.clock.now_us())

    assert allowance.limits == ()
    assert allowance.is_proven


def test_where_nothing_is_invoiced_nobody_pays_ahead_and_an_own_cap_holds() -> None:
    below, without = (
        Desk(a_party(level=Level.CLAIMED)),
        Desk(a_party(level=Level.CLAIMED), seller=Seller()),
    )
    below.resting = {"registers"}

    for desk in (below, without):
        free = desk.agreements.accept("pty_1", asked())
        capped = desk.agreements.accept("pty_1", replace(asked(), cap_minor=700))
        at_us = desk.clock.now_us()

        assert free.settling is Settling.PREPAID
        allowance = desk.allowances.allowance(free.id, at_us=at_us)
        assert (allowance.limits, allowance.is_statement) == ((), True)
        (cap,) = desk.allowances.allowance(capped.id, at_us=at_us).limits
        assert cap.name == "monthly-cap"


def test_switching_to_invoice_asks_a_prepaid_agreement_to_pay_ahead() -> None:
    desk = Desk(a_party(level=Level.CLAIMED))
    desk.resting = {"registers"}
    agreement = desk.agreements.accept("pty_1", asked())

    desk.resting = set()

    allowance = desk.allowances.allowance(agreement.id, at_us=desk.clock.now_us())
    assert [limit.name for limit in allowance.limits] == ["prepaid"]
    assert not allowance.is_statement
