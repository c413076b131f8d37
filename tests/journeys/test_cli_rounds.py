"""Rounds from the command line: from voice to the bank's file, and computed again."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from defusedxml import ElementTree

from gateway.payments.pain import NAMESPACE
from tests.fakes.bank import Entry, statement
from tests.journeys.command_line import Archive, an_archive, copyfair
from tests.journeys.test_cli_books import an_invoice

PEOPLE = ("Amina", "Bakari", "Chloé", "Dario", "Esra", "Farid")
IBAN = "FR76 3000 6000 0112 3456 7890 189"
OURS = "  vat: 20 %\n  iban: FR7630006000011234567890189\n"


def a_commons(folder: Path, *, threshold: str = "[]") -> Archive:
    """Six people whose work was accepted, and income that ran through the waterfall."""
    archive = an_archive(folder)
    archive.rewrite("  vat: 20 %\n", OURS)
    with archive.config.open("a", encoding="utf-8") as file:
        file.write(f"\nfund:\n  round_from: {threshold}\n  payout_from: 0.01 EUR\n")
    archive.tells("party", "add", "Ines", "--set", "entity=person")
    for name in PEOPLE:
        archive.tells("party", "add", name, "--set", "entity=person")
        archive.tells("party", "set", name, f"iban={IBAN}")
        claim = archive.tells(
            *("contribution", "claim", "--party", name, "--kind", "records"),
            *("--title", "Names", "--evidence", "https://archive.example/1"),
            *("--hours", "10", "--paid-by", "none" if name == "Amina" else "the town"),
        )["claim_id"]
        archive.tells("contribution", "review", claim, "accept", "--by", "Ines")
    invoice = an_invoice(archive)
    gross = f"{invoice['gross_minor'] / 100:.2f} EUR"
    paid = ("invoice", "pay", invoice["number"], gross, "--reference", "iban-1")
    archive.tells(*paid)
    return archive


def pots(archive: Archive) -> dict[str, int]:
    """What the fund holds and owes, by account."""
    accounts = archive.tells("fund", "balance")["accounts"]
    return {one["account"]: -one["balance_minor"] for one in accounts}


@pytest.fixture(scope="module")
def commons(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return a_commons(tmp_path_factory.mktemp("rounds") / "my-archive")


def everybody_speaks(archive: Archive, name: str) -> None:
    for place, giver in enumerate(PEOPLE):
        for step in (1, 2):
            taker = PEOPLE[(place + step) % len(PEOPLE)]
            words = ("round", "voice", name, "--party", giver, "--to", taker)
            archive.tells(*words, "--credits", f"{step}.5")


def test_from_voice_to_the_banks_file_and_a_stranger_computes_it_again(
    commons: Archive, tmp_path: Path
) -> None:
    before = pots(commons)
    labour, pool = before["equity:labour_reserve"], before["equity:rounds"]
    told = commons.tells(
        "round", "open", "autumn", "--pool", "all", "--rule", "pairwise"
    )
    assert (told["state"], told["pool_minor"]) == ("open", pool)
    assert "each pair of givers" in told["equation"]["en"]
    assert "chaque paire de donneurs" in told["equation"]["fr"]
    everybody_speaks(commons, "autumn")
    more = ("round", "voice", "autumn", "--party", "Amina", "--to", "Esra")
    refused = commons.says(*more, "--credits", "9")
    assert refused.status == 2
    assert "10.00 credits" in refused.err
    assert "Farid" in commons.says("round", "show").out

    made = commons.tells("round", "run", "autumn")
    assert [one["amount_minor"] for one in made["allocations"]] == [labour, pool]
    assert made["run"]["outcome"] == "paid"
    assert commons.tells("round", "run", "autumn")["new"] is False
    assert "passes the concentration gate" in commons.says("round", "run", "autumn").out
    (listed,) = commons.tells("round", "list")["rounds"]
    assert (listed["state"], listed["runs"][0]["gate"]) == ("paid", "pass")

    place = tmp_path / "payouts.xml"
    sent = commons.tells("fund", "payouts", "--file", place)
    assert {one["state"] for one in sent["due"]} == {"in-flight"}
    orders = sent["files"][0]["orders"]
    document = ElementTree.fromstring(place.read_bytes())
    ids = [each.text or "" for each in document.iter(f"{{{NAMESPACE}}}EndToEndId")]
    assert sorted(ids) == sorted(one["end_to_end"] for one in orders)
    assert sum(one["amount_minor"] for one in orders) == labour + pool
    (sharing,) = sent["shared_accounts"]
    assert sorted(sharing) == sorted(one["party_id"] for one in sent["due"])
    assert commons.says("fund", "payouts", "--file", place).status == 1
    again = commons.tells("fund", "payouts", "--file", tmp_path / "again.xml")
    assert (again["made"], (tmp_path / "again.xml").exists()) == (None, False)
    said = " ".join(commons.says("fund", "payouts").out.split())
    assert "one account for several; ask whose it is" in said

    paid_by_the_bank(commons, orders, tmp_path)
    assert pots(commons).keys() & {"equity:rounds", "equity:labour_reserve"} == set()
    left = commons.says("fund", "payouts")
    assert "in flight" in left.out
    assert "one account" not in left.out
    assert commons.tells("audit")["ok"]

    commons.tells("log", "publish")
    copy = shutil.copytree(commons.folder / "books", tmp_path / "copy")
    again = copyfair("fund", "recompute", "--from", copy, "--json").json
    assert again["ok"], again["reason"]
    assert again["rows"]["round"] == 1


def paid_by_the_bank(
    archive: Archive, orders: list[dict[str, Any]], folder: Path
) -> None:
    """All but the last one; the same statement twice."""
    place = folder / "december.xml"
    place.write_bytes(
        statement(
            *(
                Entry(
                    f"{one['amount_minor'] / 100:.2f}",
                    str(number),
                    is_in=False,
                    end_to_end=one["end_to_end"],
                )
                for number, one in enumerate(orders[:-1])
            )
        )
    )
    said = archive.says("payment", "import", place)
    assert f"{len(orders) - 1} payouts to contributors" in said.out
    archive.tells("payment", "import", place)
    due = archive.tells("fund", "payouts")["due"]
    assert [one["owed_minor"] for one in due] == [orders[-1]["amount_minor"]]


def test_a_museum_with_little_splits_it_once_a_year_with_one_word(
    tmp_path: Path,
) -> None:
    archive = a_commons(tmp_path / "museum", threshold="[500.00 EUR]")
    pool = pots(archive)["equity:rounds"]
    refused = archive.says("round", "open", "x", "--pool", "all", "--rule", "quadratic")
    assert refused.status == 1
    assert "--equal" in refused.err
    made = archive.tells("round", "run", "2026", "--equal")
    shares = made["run"]["paid"].values()
    assert (sum(shares), max(shares) - min(shares) <= 1) == (pool, True)
    assert archive.tells("round", "run", "2026", "--equal")["new"] is False
    said = archive.says("round", "run", "2025", "--equal")
    assert (said.status, said.out) == (0, "there is nothing to split yet\n")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("round open X --pool all --rule quadratic", "no name"),
        ("round open x --pool 5 --rule quadratic", "12.34 EUR"),
        ("round open x --pool 5CHF --rule quadratic", "say one"),
        ("round open x --pool all --rule quadratic --bound 5", "no parameter"),
        ("round open x --pool all --rule pairwise --bound 0.001", "two decimals"),
        ("round open x --pool all --rule quadratic --minimum 5CHF", "the round in"),
        ("round run x --decision dec_1", "both"),
        ("round run x --equal --rule quadratic", "neither"),
        ("round run x", "no round x"),
        ("round run x --equal", "such as 2026"),
        ("fund payouts --file a --cancel b", "either"),
        ("fund payouts --cancel MSG-1", "no payout file"),
        ("fund payouts --file /nowhere/a.xml --execution-date 2020-01-01", "no day"),
        ("party set Amina iban=FR7630006000011234567890188", "no IBAN"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(
    commons: Archive, words: str, says: str
) -> None:
    said = commons.says(*words.split())
    assert said.status in {1, 2}
    assert says in said.err
