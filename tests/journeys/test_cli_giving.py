"""From a published need to a smaller bill; from a proof to a rebate; told in time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.bootstrap import opened
from gateway.bootstrap.asking import explained as explained_by
from gateway.bootstrap.house import House
from gateway.fund.voting.decision import Decision as Decided
from gateway.fund.voting.decision import Kind
from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.period import month_of
from gateway.licensing.decision import Decision, Meter
from gateway.reciprocity.openness import OSAID_PARTS
from gateway.settings import read_settings
from tests.fakes.time_and_chance import HandClock
from tests.journeys.command_line import Archive, an_archive
from tests.journeys.test_cli_books import GIB, a_company, this_month

NEEDS = """\
needs: here
items:
  - {id: names, title: {en: Names corrected}, unit: correction, wanted: 100}
  - {id: scans, title: {en: Registers scanned}, unit: hour}
"""
TABLE = """\
equivalence: commons
version: 1
hour: {EUR: 4.00}
units: {correction: 0.25}
"""


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    archive = an_archive(tmp_path / "my-archive")
    for folder, text in (("needs", NEEDS), ("equivalence", TABLE)):
        (archive.policies / folder).mkdir()
        file = archive.policies / folder / "here.yaml"
        file.write_text(text, encoding="utf-8")
    archive.tells("party", "add", "Ines", "--set", "entity=person")
    return archive


def ratify(archive: Archive) -> None:
    """As a vote of the members does."""
    (table,) = archive.tells("need", "table")["tables"]
    with opened(read_settings(archive.config)) as house:
        house.books.decisions.add(
            Decided(
                house.ids.new("dec"),
                Kind.RATIFY_EQUIVALENCE,
                table["subject"],
                table["digest"],
                "vot_1",
                yes=2,
                no=0,
                abstain=0,
                entitled=2,
                quorum_bp=5_000,
                decided_us=house.clock.now_us(),
            )
        )


def claim(archive: Archive, *more: str, party: str = "Mapworks") -> Any:
    return archive.says(
        *("contribution", "claim", "--party", party, "--kind", "records"),
        *("--title", "Names of 1742", "--evidence", "https://archive.example/log"),
        *("--paid-by", party, *more, "--json"),
    )


def key_of(archive: Archive, party: str) -> str:
    return str(archive.tells("key", "issue", "--party", party)["key"])


def explained(archive: Archive, key: str) -> dict[str, Any]:
    words = ("explain", "--url", "http://archive.example/page", "--token", key)
    said = archive.says(*words, "--header", "User-Agent: fetcher/1", "--json")
    document: dict[str, Any] = said.json
    known = {one["fact"]: one for one in document["facts"]}
    return {**document, "facts": known}


def later(house: House, days: int) -> House:
    """The same set-up, so many days from now."""
    clock = HandClock(house.clock.now_us() + days * US_PER_DAY)
    return House(house.settings, house.store, house.ask_store, clock=clock)


def asked_on_day(house: House, days: int, key: str) -> Decision:
    """What a live request would be answered then, by the same code."""
    answer = explained_by(
        later(house, days),
        url="http://archive.example/page",
        fields=("User-Agent: fetcher/1",),
        token=key,
    )
    return answer.decision


def test_work_that_was_asked_for_settles_at_the_table_the_members_ratified(
    archive: Archive,
) -> None:
    agreed = a_company(archive)
    archive.meter(agreed, 3 * GIB)
    unlisted = claim(archive, "--need", "exposure", "--quantity", "9")
    unratified = claim(archive, "--need", "names", "--quantity", "2")
    ratify(archive)
    too_much = claim(archive, "--need", "names", "--quantity", "101")
    hours = claim(archive, "--need", "names", "--hours", "2")
    made = claim(archive, "--need", "names", "--quantity", "2").json
    archive.tells("contribution", "review", made["claim_id"], "accept", "--by", "Ines")
    key = key_of(archive, "Mapworks")
    before = explained(archive, key)
    run = ("invoice", "run", "--drafts-only", "--period", this_month(archive))
    (draft,) = archive.tells(*run)["invoices"]

    told = archive.tells(
        *("invoice", "in-kind", draft["id"], "--claim", made["claim_id"]),
        *("--by", "Ines", "--amount", "1.50 EUR"),
    )
    rest = archive.says(
        *("invoice", "in-kind", draft["id"], "--claim", made["claim_id"]),
        *("--by", "Ines", "--amount", "1.00 EUR"),
    )

    assert unlisted.status == 2
    assert "being seen pays for no work" in unlisted.err
    assert (unratified.status, too_much.status, hours.status) == (1, 1, 2)
    assert made["weight_hundredths"] == 50
    assert (before["rule"], before["decision"]) == ("settles-in-kind", "meter")
    assert before["facts"]["party.offset"]["source"] == "contributions"
    assert before["facts"]["party.standing"]["value"] == "0"
    assert (told["reduced_minor"], rest.status) == (150, 2)
    (names, scans) = archive.tells("need", "list")["needs"]
    assert (names["given"], names["left"], scans["left"]) == ("2", "98", None)
    archive.tells(
        "contribution",
        "review",
        made["claim_id"],
        "reverse",
        "--by",
        "Ines",
        "--reason",
        "They were right before.",
    )
    assert explained(archive, key)["rule"] == "under-agreement"


def evidence() -> list[str]:
    return [
        word
        for part in OSAID_PARTS
        for word in ("--evidence", f"{part}=https://models.example/{part}")
    ]


def test_openness_is_a_rebate_on_proof_and_ends_with_it(archive: Archive) -> None:
    agreement = a_company(archive)["agreement_id"]
    key = key_of(archive, "Mapworks")
    prove = ("openness", "prove", "--agreement", agreement, "--class", "OSAID")
    model = ("--model", "https://models.example/m")
    short = archive.says(*prove, *model, *evidence()[:-2])
    proof = archive.tells(*prove, *model, *evidence())

    promised = explained(archive, key)
    own = archive.says(
        "openness", "review", proof["proof_id"], "accept", "--by", "Mapworks"
    )
    archive.tells("openness", "review", proof["proof_id"], "accept", "--by", "Ines")
    accepted = explained(archive, key)
    archive.tells(
        *("openness", "review", proof["proof_id"], "withdraw", "--by", "Ines"),
        *("--reason", "The weights are gone."),
    )

    assert (short.status, own.status) == (2, 2)
    assert proof["state"] == "waiting"
    assert promised["rule"] == "under-agreement"
    assert accepted["rule"] == "opens-its-model"
    assert accepted["facts"]["party.openness"]["source"] == "openness proof"
    assert accepted["facts"]["party.openness"]["level"] == "verified"
    assert explained(archive, key)["rule"] == "under-agreement"
    (listed,) = archive.tells("openness", "list")["proofs"]
    assert (listed["state"], len(listed["reviews"])) == ("withdrawn", 2)


def test_a_very_large_taker_is_told_and_pays_the_top_price_thirty_days_later(
    archive: Archive,
) -> None:
    agreed = a_company(archive)
    archive.tells("party", "set", "Mapworks", "email=pay@mapworks.example")
    archive.meter(agreed, 3 * GIB)
    key = key_of(archive, "Mapworks")
    announce = ("agreement", "announce", "--party", "Mapworks", "--by", "Ines")
    early = archive.says(*announce)
    with opened(read_settings(archive.config)) as house:
        for number in range(9):
            party = house.parties.add(f"Taker {number}", attributes={}, by="tests")
            other = {**agreed, "party_id": party.id}
            archive.meter(other, GIB // 10)

    (largest, *_) = archive.tells("agreement", "takers")["takers"]
    notice = archive.tells(*announce)
    again = archive.says(*announce)
    told = explained(archive, key)

    assert (early.status, again.status) == (2, 1)
    assert (largest["is_very_large"], largest["takers"]) == (True, 10)
    assert notice["owner_id"] == largest["owner_id"] == agreed["party_id"]
    assert told["facts"]["party.notice_days"]["value"] == "0"
    assert told["facts"]["party.share.takers"]["source"] == "metered"
    assert told["rule"] == "under-agreement"

    with opened(read_settings(archive.config)) as house:
        told_us = house.clock.now_us()
        waits, counts = (asked_on_day(house, day, key) for day in (29, 30))
    assert (waits.ruling.rule, counts.ruling.rule) == ("under-agreement", "very-large")
    assert isinstance(counts, Meter)
    later_us = told_us + 31 * US_PER_DAY
    for floor in (0, counts.floor_bracket):
        archive.meter(agreed, GIB, at_us=later_us, floor_bracket=floor)
    with opened(read_settings(archive.config)) as house:
        billed = later(house, 62).billing_run.run(month_of(later_us)).invoices
    nets = [line.net_minor for one in billed for line in one.lines]
    assert nets.count(600) == 1, "a GiB costs 6.00 from that day on"
    assert max(net for net in nets if net != 600) < 450, "and 1.50 before"

    lifted = archive.tells(*announce, "--lift")
    assert (lifted["is_lifted"], lifted["effective_at"]) == (True, None)
