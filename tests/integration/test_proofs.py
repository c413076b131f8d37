"""Who somebody is, proven by registers on loopback and by the bank."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from gateway.billing.bank import Direction, Movement
from gateway.bootstrap.cards import Outward
from gateway.identity.party import Party
from gateway.kernel.errors import Conflict, InvalidValue
from gateway.kernel.evidence import Level
from gateway.kernel.ids import spelled
from gateway.kernel.money import Money
from gateway.licensing.agreement import Settling
from gateway.services.parties import Parties
from gateway.services.proofs import Outcome, Proofs
from gateway.settings import read_settings
from gateway.settings.identifiers import vat_id
from tests.fakes.books import MemoryBooks
from tests.fakes.identity import FakeIdentityStore
from tests.fakes.ledger import Office, an_agreement
from tests.fakes.registers import (
    FakeRegisters,
    a_french_firm,
    a_norwegian_unit,
    registers_running,
)
from tests.fakes.time_and_chance import CountingIds, HandClock, SeededChance

VAT = "FR40303265045"
LEI = "969500XYZ0ABCDEFGH12"
SIREN = "552100554"
IBAN = "FR7630006000011234567890189"


@dataclass
class Bureau:
    """The desk, the registers it asks, and the books."""

    parties: Parties
    proofs: Proofs
    registers: FakeRegisters
    office: Office

    def add(self, name: str = "Mapworks SAS", **attributes: str) -> Party:
        return self.parties.add(name, attributes={"entity": "company", **attributes})

    def level(self, party: Party) -> Level:
        return self.parties.show(party.id).level_of("entity")

    def pays(self, party: Party, name: str, **changes: Any) -> None:
        """A transfer for a prepaid agreement of the party."""
        ahead = spelled("agr", len(self.office.books.agreements.all()) + 1)
        agreement = an_agreement(settling=Settling.PREPAID)
        self.office.books.agreements.add(
            replace(agreement, id=ahead, party_id=party.id)
        )
        movement = Movement(
            account="DE75512108001245126199",
            reference=f"B{ahead}",
            amount=Money(5_000, "EUR"),
            direction=Direction.IN,
            booked_us=1,
            text=ahead,
            name=name,
            counterpart=IBAN,
        )
        self.office.bank_desk.take_in([replace(movement, **changes)])


@pytest.fixture
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bureau]:
    file = tmp_path_factory.mktemp("proofs") / "gateway.yaml"
    file.write_text(
        "public_url: https://archive.example\nupstreams: {archive: http://127.0.0.1:9}"
        "\npolicies: policies\nstore: sqlite:///copyfair.db\n"
        "evidence: {loopback: yes}\n",
        encoding="utf-8",
    )
    store = FakeIdentityStore()
    parties = Parties(
        store, store, clock=HandClock(), ids=CountingIds(), chance=SeededChance()
    )
    office = Office(MemoryBooks())
    call = Outward(read_settings(file))
    async with registers_running() as fake:

        async def ask(url: str) -> tuple[int, bytes]:
            path = url.partition("//")[2].partition("/")[2]
            return await call("GET", f"{fake.url}/{path}", body=b"", fields={})

        proofs = Proofs(
            parties,
            books=office.books,
            ask=ask,
            check_vat=vat_id,
            secret=b"ours",
            our_vat_id="DE136695976",
        )
        yield Bureau(parties, proofs, fake, office)


async def test_a_vat_id_that_vies_gives_the_partys_name_verifies_it(
    desk: Bureau,
) -> None:
    party = desk.add(vat_id=VAT)
    desk.registers.vat[VAT] = "SAS MAPWORKS"
    proof = await desk.proofs.by_vat(party.id)

    assert (proof.outcome, proof.reference) == (Outcome.VERIFIED, "WAPIAAAAZ1")
    known = proof.party.attributes
    assert (known["vat_id"].source, known["vat_id"].level) == ("vies", Level.VERIFIED)
    assert (known["entity"].source, known["entity"].level) == ("vies", Level.VERIFIED)
    history = desk.parties.export(party.id)["history"]
    assert [one["by"] for one in history if one["source"] == "vies"] == [
        "WAPIAAAAZ1",
        "WAPIAAAAZ1",
    ]
    assert (
        "requesterMemberStateCode=DE&requesterNumber=136695976"
        in (desk.registers.asked[0])
    )


async def test_another_name_is_said_with_both_and_proves_nothing(desk: Bureau) -> None:
    party = desk.add()
    desk.registers.vat[VAT] = "MAPWORKS HOLDING SA"
    proof = await desk.proofs.by_vat(party.id, VAT)

    assert proof.outcome is Outcome.NAME_DIFFERS
    assert "'MAPWORKS HOLDING SA'" in proof.detail
    assert "'Mapworks SAS'" in proof.detail
    assert desk.level(party) is Level.CLAIMED


@pytest.mark.parametrize(
    ("name", "outcome"),
    [(None, Outcome.NOT_FOUND), ("---", Outcome.NAME_NOT_SAID)],
    ids=["no such number", "a state that says no names"],
)
async def test_a_number_without_a_name_proves_nothing(
    desk: Bureau, name: str | None, outcome: Outcome
) -> None:
    party = desk.add()
    if name:
        desk.registers.vat[VAT] = name
    proof = await desk.proofs.by_vat(party.id, VAT)

    assert proof.outcome is outcome
    assert desk.level(party) is Level.CLAIMED


@pytest.mark.parametrize(
    "fault",
    ["MS_UNAVAILABLE", "TIMEOUT", "GLOBAL_MAX_CONCURRENT_REQ", 500, 429, 302],
    ids=str,
)
async def test_silence_changes_nothing_neither_before_nor_after(
    desk: Bureau, fault: str | int
) -> None:
    party = desk.add()
    desk.registers.vat[VAT] = "Mapworks SAS"
    desk.registers.fault = fault
    before = await desk.proofs.by_vat(party.id, VAT)
    assert before.outcome is Outcome.UNKNOWN
    assert not before.is_entity_proven

    desk.registers.fault = ""
    assert (await desk.proofs.by_vat(party.id, VAT)).is_entity_proven
    desk.registers.fault = fault
    after = await desk.proofs.by_vat(party.id, VAT)
    assert (after.outcome, after.is_entity_proven) == (Outcome.UNKNOWN, True)


async def test_a_vat_id_with_wrong_check_digits_is_asked_of_nobody(
    desk: Bureau,
) -> None:
    party = desk.add()
    with pytest.raises(InvalidValue):
        await desk.proofs.by_vat(party.id, "FR41303265045")
    with pytest.raises(InvalidValue, match="gave no VAT id"):
        await desk.proofs.by_vat(party.id)
    assert desk.registers.asked == []


async def test_a_number_proves_one_party_and_a_firm_is_one(desk: Bureau) -> None:
    first, second = desk.add(), desk.add("Mapworks S.A.S.")
    desk.registers.vat[VAT] = "Mapworks SAS"
    desk.registers.siren[SIREN] = a_french_firm("MAPWORKS")
    await desk.proofs.by_vat(first.id, VAT)

    with pytest.raises(Conflict, match="is proven to be Mapworks SAS's"):
        await desk.proofs.by_vat(second.id, VAT)
    desk.registers.siren[SIREN] = a_french_firm("Mapworks SAS")
    with pytest.raises(Conflict, match="it is one firm"):
        await desk.proofs.by_register(second.id, f"fr:{SIREN}")
    assert desk.level(second) is Level.CLAIMED


@pytest.mark.parametrize(
    ("form", "changes", "entity", "is_proven"),
    [
        ("5710", {}, "company", True),
        ("5710", {}, "nonprofit", False),
        ("9220", {}, "nonprofit", True),
        ("9220", {}, "company", False),
        ("5458", {}, "coop-worker", True),
        ("5710", {"complements": {"est_ess": True}}, "sse", True),
        ("5710", {"complements": None}, "sse", False),
        ("7210", {}, "public", True),
        ("", {}, "company", False),
    ],
)
async def test_a_register_bears_out_what_the_legal_form_says_and_no_more(
    desk: Bureau, form: str, changes: dict[str, Any], entity: str, *, is_proven: bool
) -> None:
    party = desk.add(entity=entity)
    desk.registers.siren[SIREN] = a_french_firm("Mapworks SAS", form, **changes)
    proof = await desk.proofs.by_register(party.id, f"fr:{SIREN}")

    assert proof.is_entity_proven == is_proven
    word = Outcome.VERIFIED if is_proven else Outcome.FORM_DIFFERS
    assert proof.outcome is word
    assert proof.party.level_of("registration") is Level.VERIFIED


async def test_a_firm_that_closed_proves_nothing(desk: Bureau) -> None:
    party = desk.add()
    closed = a_french_firm("Mapworks SAS", etat_administratif="C")
    desk.registers.siren[SIREN] = closed
    proof = await desk.proofs.by_register(party.id, f"fr:{SIREN}")
    assert proof.outcome is Outcome.NOT_ACTIVE
    assert desk.level(party) is Level.CLAIMED


async def test_the_lei_register_and_the_norwegian_one_are_asked_as_they_want(
    desk: Bureau,
) -> None:
    firm, coop = desk.add(), desk.add("Kartlaget SA", entity="coop-other")
    desk.registers.lei[LEI] = ("MAPWORKS SAS", "ISSUED", "GENERAL")
    desk.registers.norwegian["923609016"] = a_norwegian_unit("KARTLAGET SA", "SA")

    assert (await desk.proofs.by_register(firm.id, f"LEI:{LEI}")).is_entity_proven
    assert (await desk.proofs.by_register(coop.id, "no:923 609 016")).is_entity_proven
    assert desk.registers.asked == [
        f"/api/v1/lei-records/{LEI}",
        "/enhetsregisteret/api/enheter/923609016",
    ]


@pytest.mark.parametrize(
    ("asked", "outcome"),
    [(f"lei:{LEI}", Outcome.NOT_ACTIVE), ("no:923609016", Outcome.NOT_FOUND)],
    ids=["lapsed", "unknown"],
)
async def test_a_lapsed_or_unknown_number_proves_nothing(
    desk: Bureau, asked: str, outcome: Outcome
) -> None:
    party = desk.add()
    desk.registers.lei[LEI] = ("MAPWORKS SAS", "LAPSED", "GENERAL")
    assert (await desk.proofs.by_register(party.id, asked)).outcome is outcome


@pytest.mark.parametrize("asked", ["uk:00000006", SIREN, "fr:123", "fr:../admin"])
async def test_what_is_no_number_of_a_register_is_asked_of_nobody(
    desk: Bureau, asked: str
) -> None:
    party = desk.add()
    with pytest.raises(InvalidValue):
        await desk.proofs.by_register(party.id, asked)
    assert desk.registers.asked == []


async def test_a_register_in_another_shape_is_unknown(desk: Bureau) -> None:
    party = desk.add()
    desk.registers.siren[SIREN] = {"siren": SIREN}
    proof = await desk.proofs.by_register(party.id, f"fr:{SIREN}")
    assert proof.outcome is Outcome.UNKNOWN


def test_a_transfer_in_the_partys_own_name_verifies_it(desk: Bureau) -> None:
    party = desk.add()
    assert desk.proofs.by_transfer(party.id).outcome is Outcome.NOT_FOUND
    desk.pays(party, "MAPWORKS, S.A.S.")
    proof = desk.proofs.by_transfer(party.id)

    assert proof.outcome is Outcome.VERIFIED
    assert proof.party.attributes["entity"].source == "bank-transfer"
    assert IBAN not in str(desk.parties.export(party.id))


def test_anothers_transfer_proves_nothing_and_says_whose_it_is(desk: Bureau) -> None:
    party = desk.add()
    desk.pays(party, "Erika Mustermann")
    proof = desk.proofs.by_transfer(party.id)

    assert proof.outcome is Outcome.NAME_DIFFERS
    assert "'Erika Mustermann'" in proof.detail
    desk.pays(party, "Mapworks SAS", counterpart="")
    assert desk.proofs.by_transfer(party.id).outcome is Outcome.NAME_NOT_SAID
    assert desk.level(party) is Level.CLAIMED


def test_an_account_proves_one_party(desk: Bureau) -> None:
    first, second = desk.add(), desk.add("Otherworks SAS")
    desk.pays(first, "Mapworks SAS")
    desk.pays(second, "Otherworks SAS")
    desk.proofs.by_transfer(first.id)
    with pytest.raises(Conflict, match="that account is proven to be Mapworks SAS's"):
        desk.proofs.by_transfer(second.id)


def test_a_transfer_makes_no_association_of_anybody(desk: Bureau) -> None:
    party = desk.add(entity="nonprofit")
    desk.pays(party, "Mapworks SAS")
    assert not desk.proofs.by_transfer(party.id).is_entity_proven
