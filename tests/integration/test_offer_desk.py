"""gateway.bootstrap.desks: an acceptance is kept whole, or leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.bootstrap import House, opened
from gateway.bootstrap.agreement_desk import AgreementDesk
from gateway.bootstrap.desks import OfferDesk, UsageDesk
from gateway.bootstrap.invoicing import invoicing_of
from gateway.cli.init import write_set_up
from gateway.identity.principal import Principal
from gateway.kernel.errors import Conflict, InvalidValue, NotFound, Unavailable
from gateway.kernel.period import month_of
from gateway.licensing.switches import LicenceMode, Switches
from gateway.metering.cap_terms import CapTerms, Counted, Per
from gateway.settings import Settings, read_settings
from gateway.terms.ports import Acceptance, Accepted, Signed

ACME = Acceptance("Acme Models SA", "accounts@acme.example", entity="company")
SELLER = """\
  seller: self
  name: Archive Commons
  country: DE
  iban: DE02120300000000202051
  vat: 19 %
"""
KEPT_IN = (
    "party",
    "party_attribute",
    "tariff_version",
    "agreement",
    "accepted_offer",
    "api_key",
)


def a_set_up(folder: Path, *, mode: str = "offer", is_selling: bool = False) -> Path:
    told = {
        "upstream": "http://127.0.0.1:9",
        "public_url": "http://archive.example",
        "protect": "on",
        "licence_mode": mode,
        "steward": "archive.example",
        "contact": "licences@archive.example",
        "spdx": "CC-BY-SA-4.0",
    }
    write_set_up(folder, told)
    config = folder / "gateway.yaml"
    if is_selling:
        text = config.read_text(encoding="utf-8")
        config.write_text(text.replace("  seller: none\n", SELLER), encoding="utf-8")
    return config


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with opened(read_settings(a_set_up(tmp_path))) as house:
        yield house


def accept(house: House, acceptance: Acceptance = ACME, *, key: str = "") -> Accepted:
    return OfferDesk(house, house.is_invoiced).accept(
        house.offer_for(),
        acceptance,
        document={"id": house.offer_for().id},
        idempotency_key=key,
    )


def raise_the_price(settings: Settings, *, version: int = 1) -> None:
    """Edit the tariff's file."""
    (file,) = (settings.policies / "tariffs").glob("*.yaml")
    text = file.read_text(encoding="utf-8")
    (last,) = (line for line in text.splitlines() if "- {price:" in line)
    changed = text.replace(last, "  - {price: 999.00}")
    file.write_text(changed.replace("version: 1", f"version: {version}"), "utf-8")


def rows(house: House) -> dict[str, int]:
    counted: dict[str, int] = {}
    for table in KEPT_IN:
        row = house.store.row(f"SELECT count(*) AS n FROM {table}")  # noqa: S608 - a constant
        counted[table] = int(row["n"]) if row else 0
    return counted


def test_an_acceptance_keeps_a_party_an_agreement_and_a_key(house: House) -> None:
    made = accept(house)

    assert house.parties.show(ACME.name).id == made.party_id
    assert house.agreements.show(made.agreement_id).party_id == made.party_id
    assert [key.id for key in house.keys.list(made.party_id)] == [made.key_id]


@pytest.mark.parametrize("table", KEPT_IN)
def test_a_failure_at_any_step_leaves_nothing_behind(house: House, table: str) -> None:
    with house.store.transaction() as tx:
        tx.run(
            f"CREATE TRIGGER fails BEFORE INSERT ON {table}"
            " BEGIN SELECT RAISE(ABORT, 'not today'); END"
        )

    with pytest.raises(Unavailable, match=r"not today.*nothing was kept"):
        accept(house, key="a-key-of-mine")

    assert set(rows(house).values()) == {0}
    with house.store.transaction() as tx:
        tx.run("DROP TRIGGER fails")
    assert accept(house, key="a-key-of-mine").api_key.startswith("cg_")


def test_a_tariff_edited_without_a_new_version_burns_nobodys_name(
    tmp_path: Path,
) -> None:
    settings = read_settings(a_set_up(tmp_path))
    with opened(settings) as house:
        accept(house, replace(ACME, name="The first"))
    raise_the_price(settings)

    with opened(settings) as house:
        with pytest.raises(Unavailable) as refused:
            accept(house)
        assert house.identities.find_party_named(ACME.name) is None
    raise_the_price(settings, version=2)
    with opened(settings) as house:
        made = accept(house)

    assert "published with other terms" in refused.value.detail
    assert "name" not in refused.value.detail
    assert made.tariff_version == 2


def test_a_name_that_is_taken_is_no_account_for_a_stranger(house: House) -> None:
    made = accept(house)

    with pytest.raises(Conflict, match="somebody named 'ACME  models SA'") as refused:
        accept(house, replace(ACME, name="ACME  models SA"))

    assert made.agreement_id not in refused.value.detail


def test_a_retry_after_a_restart_is_refused_and_names_its_agreement(
    tmp_path: Path,
) -> None:
    settings = read_settings(a_set_up(tmp_path))
    with opened(settings) as house:
        made = accept(house, key="a-key-of-mine")
    with opened(settings) as house:
        with pytest.raises(Conflict, match=made.agreement_id) as refused:
            accept(house, key="a-key-of-mine")
        before = rows(house)
        kept = house.store.rows("SELECT length(key_sha256) AS n FROM accepted_offer")
        kept_keys = [row["n"] for row in kept]
        with pytest.raises(Conflict, match="something else") as other:
            accept(house, replace(ACME, name="Other"), key="a-key-of-mine")

        assert rows(house) == before
        assert before["agreement"] == 1
        other_made = accept(house, replace(ACME, name="Other"), key="their-own-key")
    assert other_made.agreement_id != made.agreement_id
    assert "rotate" in refused.value.detail
    assert made.agreement_id not in other.value.detail
    assert kept_keys == [64]


def test_without_a_seller_nothing_is_paid_ahead_and_the_answer_says_so(
    house: House,
) -> None:
    made = accept(house)

    (listed,) = UsageDesk(house, house.is_invoiced).usage_of(made.party_id)[
        "agreements"
    ]
    assert (made.settling, dict(made.prepay)) == ("prepaid", {})
    assert made.note.startswith("Nothing is invoiced at present")
    assert "prepaid_minor" not in listed


@pytest.mark.parametrize(("mode", "is_owed"), [("offer", False), ("invoice", True)])
def test_only_in_licence_mode_invoice_a_newcomer_is_asked_to_pay_ahead(
    tmp_path: Path, *, mode: str, is_owed: bool
) -> None:
    config = a_set_up(tmp_path, mode=mode, is_selling=True)
    with opened(read_settings(config)) as house:
        made = accept(house)
        (listed,) = UsageDesk(house, house.is_invoiced).usage_of(made.party_id)[
            "agreements"
        ]

    assert bool(made.prepay) is is_owed
    assert (made.note == "") is is_owed
    assert ("prepaid_minor" in listed) is is_owed


def test_a_collection_overrides_the_gateways_switch(house: House) -> None:
    selling = replace(
        house.settings,
        invoicing=replace(house.settings.invoicing, seller="self"),
        switches=Switches(licence_mode=LicenceMode.INVOICE),
    )
    (collection,) = house.policies.collections
    offering = replace(collection, licence_mode=LicenceMode.OFFER)
    policies = replace(house.policies, collections=(offering,))

    assert invoicing_of(selling, lambda: house.policies)(collection.id)
    assert not invoicing_of(selling, lambda: policies)(collection.id)
    assert invoicing_of(selling, lambda: policies)("gone")
    assert not invoicing_of(house.settings, lambda: policies)("gone")


def test_a_customer_caps_its_own_agreement_and_no_other(house: House) -> None:
    own, other = accept(house), accept(house, replace(ACME, name="Other SA"))
    desk = AgreementDesk(house)
    principal = Principal(house.parties.show(own.party_id), own.key_id)
    cap = CapTerms(own.agreement_id, Counted.REQUESTS, Per.DAY, 5)

    desk.set_cap(principal, cap, is_lifted=False)
    (shown,) = desk.agreements_of(own.party_id)
    desk.set_cap(principal, cap, is_lifted=True)

    (told,) = shown["caps"]
    assert (told["name"], told["amount"], told["used"]) == ("requests-per-day", 5, 0)
    assert desk.agreements_of(own.party_id)[0]["caps"] == []
    theirs = replace(cap, agreement_id=other.agreement_id)
    with pytest.raises(NotFound):
        desk.set_cap(principal, theirs, is_lifted=False)
    money = replace(cap, counted=Counted.MONEY)
    with pytest.raises(InvalidValue):  # nothing is sold here
        desk.set_cap(principal, money, is_lifted=False)


def test_a_key_that_is_capped_itself_changes_no_cap(house: House) -> None:
    own = accept(house)
    desk = AgreementDesk(house)
    principal = Principal(house.parties.show(own.party_id), own.key_id)
    cap = CapTerms(own.agreement_id, Counted.REQUESTS, Per.DAY, 5, key_id=own.key_id)
    house.caps.set(cap)

    for is_lifted in (True, False):
        with pytest.raises(Conflict, match="capped itself"):
            desk.set_cap(principal, cap, is_lifted=is_lifted)


def test_a_party_is_handed_its_own_statements_and_nobody_elses(house: House) -> None:
    mine, other = accept(house), accept(house, replace(ACME, name="Other"), key="k2")
    last_month = month_of(month_of(house.clock.now_us()).start_us - 1)
    named = {"agreement_id": mine.agreement_id}
    (issued,) = house.usage_statements.issue(last_month, **named)
    desk = UsageDesk(house, house.is_invoiced)

    (listed,) = desk.statements_of(mine.party_id)
    found = desk.statement_of(mine.party_id, issued.statement.id)

    assert listed["statement_id"] == issued.statement.id
    assert found == Signed(issued.statement.jws, issued.statement.sha256)
    assert desk.statements_of(other.party_id) == []
    assert desk.statement_of(other.party_id, issued.statement.id) is None
    assert desk.statement_of(mine.party_id, "stm_9") is None
