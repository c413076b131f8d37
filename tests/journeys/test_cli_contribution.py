"""The command line on work: found, sampled, appealed, corrected, exported."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from gateway.bootstrap import opened
from gateway.kernel.clock import iso
from gateway.reciprocity.correction import Correction
from gateway.settings import read_settings
from tests.integration.fake_wiki import FakeWiki, an_edit
from tests.journeys.command_line import Archive, an_archive


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    made = an_archive(tmp_path / "my-archive")
    for name in ("Amina", "Ines", "Jonas"):
        made.tells("party", "add", name, "--set", "entity=person")
    made.tells("party", "add", "Mapworks", "--set", "entity=company")
    return made


def a_claim(archive: Archive, *more: str) -> str:
    told = archive.tells(
        *("contribution", "claim", "--party", "Amina", "--kind", "code"),
        *("--title", "A parser", "--evidence", "https://git.example/1"),
        *("--hours", "3", *more),
    )
    assert told["kind"] == "software"
    return str(told["claim_id"])


def a_repository(folder: Path) -> Path:
    folder.mkdir()
    who = {"GIT_AUTHOR_EMAIL": "amina@example.org", "GIT_AUTHOR_NAME": "Amina"}
    by = {"GIT_COMMITTER_EMAIL": "c@example.org", "GIT_COMMITTER_NAME": "C"}
    environment = {"PATH": "/usr/bin:/bin", "GIT_CONFIG_GLOBAL": "/dev/null"}
    for words in (
        ("init", "--quiet"),
        ("commit", "--quiet", "--allow-empty", "-m", "Name the parishes"),
    ):
        subprocess.run(
            ["git", "-C", str(folder), *words],
            env={**environment, **who, **by},
            check=True,
        )
    return folder


def test_a_day_stands_on_a_claim_and_none_to_come(archive: Archive) -> None:
    a_claim(archive, "--done-on", "2026-03-01")

    (claim,) = archive.tells("contribution", "list")["claims"]
    future = archive.says(
        *("contribution", "claim", "--party", "Amina", "--kind", "care"),
        *("--title", "x", "--evidence", "y", "--hours", "1", "--done-on", "2199-01-01"),
    )

    assert claim["done_at"] == "2026-03-01T00:00:00Z"
    assert claim["action"] == "produce"
    assert future.status == 2
    assert "after it was done" in future.err


def test_a_repository_is_claimed_once(archive: Archive, tmp_path: Path) -> None:
    place = a_repository(tmp_path / "catalogue")
    authors = tmp_path / "authors.csv"
    authors.write_text("author,party\namina@example.org,Amina\n", encoding="utf-8")
    words = ("contribution", "import", "git", place)

    unknown = archive.says(*words)
    first = archive.tells(*words, "--authors", authors)
    again = archive.says(*words, "--authors", authors)

    assert "nobody knows amina@example.org: 1 change left out" in unknown.out
    assert (len(first["claims"]), first["weight_hundredths"]) == (1, 10)
    assert again.out.startswith("0 new claims, 1 known before")
    missing = archive.says("contribution", "import", "git", tmp_path / "nowhere")
    assert (missing.status, "is not there" in missing.err) == (2, True)


def test_a_wiki_is_claimed_from_its_api_and_from_an_answer(
    archive: Archive, tmp_path: Path
) -> None:
    users = tmp_path / "users.csv"
    users.write_text("author,party\nAmina W,Amina\n", encoding="utf-8")
    with opened(read_settings(archive.config)) as house:
        stamp = f"{iso(house.clock.now_us())[:10]}T00:00:00Z"
    edit = an_edit(7, user="Amina W", timestamp=stamp)
    answer = tmp_path / "answer.json"
    answer.write_text(json.dumps({"query": {"usercontribs": [edit]}}), encoding="utf-8")
    words = ("contribution", "import", "mediawiki")

    with FakeWiki() as wiki:
        wiki.edits = [
            edit,
            an_edit(8, user="Amina W", timestamp=stamp, tags=["mw-reverted"]),
        ]
        refused = archive.says(*words, wiki.url, "--authors", users)
        archive.rewrite("upstreams:", "evidence: {loopback: yes}\nupstreams:")
        first = archive.tells(*words, wiki.url, "--authors", users)
    from_file = ("--wiki", "127.0.0.1", "--authors", users)
    again = archive.tells(*words, answer, *from_file)

    assert (refused.status, "address-refused" in refused.err) == (69, True)
    assert len(first["claims"]) == 1
    assert (again["claims"], again["known"]) == ([], 1)
    unnamed = archive.says(*words, answer, "--authors", users)
    assert "say --wiki HOST" in unnamed.err
    nobody = archive.says(*words, "https://wiki.example/api.php")
    assert "--authors TABLE" in nobody.err


def test_a_table_is_taken_whole_or_not_at_all(archive: Archive, tmp_path: Path) -> None:
    path = tmp_path / "claims.csv"
    head = "party,kind,title,evidence,hours\n"
    path.write_text(f"{head}Amina,care,Cooked,minutes,2\nAmin,care,x,y,0\n")
    words = ("contribution", "import", "csv", path)

    faulty = archive.says(*words)
    kept = archive.tells("contribution", "list")["claims"]
    path.write_text(f"{head}Amina,care,Cooked,minutes,2\n")
    right, again = archive.tells(*words), archive.tells(*words)

    assert faulty.status == 2
    assert f"{path}:3  there is no party 'Amin'; did you mean 'Amina'?" in faulty.err
    assert f"{path}:3  a claim weighs 0.01 to 1000 hours" in faulty.err
    assert kept == []
    assert (len(right["claims"]), again["known"]) == (1, 1)


def test_a_sample_a_reversal_and_an_appeal(archive: Archive) -> None:
    claim = a_claim(archive)
    drawn = archive.tells("contribution", "sample", "--reviewer", "Ines")
    own = archive.says("contribution", "sample", "--reviewer", "Amina")
    review = ("contribution", "review", claim)
    archive.tells(*review, "reverse", "--by", "Ines", "--reason", "Not found.")
    early = archive.says(*review, "accept", "--by", "Jonas")
    appeal = ("contribution", "appeal", claim, "--by", "Amina", "--reason", "It moved.")
    archive.tells(*appeal)
    same = archive.says(*review, "accept", "--by", "Ines")
    heard = archive.tells(*review, "accept", "--by", "Jonas")

    assert drawn["claim_ids"] == [claim]
    assert own.out.startswith("none\ndrawn for ")
    assert (early.status, "contribution appeal" in early.err) == (1, True)
    assert (same.status, "does not hear the appeal" in same.err) == (2, True)
    assert heard["state"] == "vested"
    samples = archive.tells("contribution", "samples")["samples"]
    assert {one["drawn_from"] for one in samples} == {0, 1}
    assert archive.says(*appeal).status == 1


def test_harm_is_about_organisations_and_is_heard_by_another(archive: Archive) -> None:
    harm = ("contribution", "harm")
    what = ("--kind", "load", "--units", "900", "--evidence", "log", "--by", "Ines")
    person = archive.says(*harm, "add", "--party", "Amina", *what)
    made = archive.tells(*harm, "add", "--party", "Mapworks", *what)
    reason = ("--reason", "Not ours.")
    archive.tells(*harm, "appeal", made["harm_id"], "--by", "Mapworks", *reason)
    own = archive.says(
        *harm, "rule", made["harm_id"], "upheld", "--by", "Ines", *reason
    )
    words = ("withdrawn", "--by", "Jonas", *reason)
    ruled = archive.tells(*harm, "rule", made["harm_id"], *words)

    assert (person.status, "never entered about a person" in person.err) == (2, True)
    assert own.status == 2
    assert (ruled["state"], ruled["unit"]) == ("withdrawn", "cost units")
    listed = archive.says(*harm, "list", "--party", "Mapworks")
    assert "900 cost units" in listed.out


def proposed(archive: Archive, number: int, name: str = "") -> str:
    with opened(read_settings(archive.config)) as house:
        house.books.corrections.keep(
            Correction(
                f"cor_{number}",
                "https://archive.example",
                "/registers/1742",
                "It is \x1b[31mMüller.",
                name,
                "",
                received_us=house.clock.now_us(),
            )
        )
    return f"cor_{number}"


def test_a_correction_becomes_a_claim(archive: Archive) -> None:
    first, second, third = (
        proposed(archive, number, name)
        for number, name in enumerate(("Ada L.", "", "Amina"), start=1)
    )
    accept = ("contribution", "accept-correction")

    made = archive.tells(*accept, first, "--create", "--hours", "0.25")
    (claim,) = archive.tells("contribution", "list")["claims"]
    told = archive.says(*accept, second, "--party", "Amina", "--hours", "0.5")
    namesake = archive.says(*accept, third, "--create", "--hours", "1")
    archive.tells(
        "contribution", "decline-correction", third, "--reason", "It is right."
    )

    assert claim["kind"] == "corrections"
    assert claim["evidence"] == "https://archive.example/registers/1742 (cor_1)"
    assert claim["origin"] == "correction:cor_1"
    assert archive.tells("party", "show", made["party_id"])["name"] == "Ada L."
    assert told.out.endswith("0.50 h, recognised\n")
    assert "if it is the same one, say --party" in namesake.err
    listed = archive.tells("contribution", "corrections")["corrections"]
    assert [one["state"] for one in listed] == ["accepted", "accepted", "declined"]
    shown = archive.says("contribution", "corrections", "--waiting").out
    assert shown == "0 corrections\n"
    everything = archive.says("contribution", "corrections").out
    assert "\\x1b[31mMüller" in everything


def test_a_flood_is_declined_at_once_and_nothing_else_is(archive: Archive) -> None:
    for number in range(1, 6):
        proposed(archive, number)
    accept = ("contribution", "accept-correction", "cor_2", "--party", "Amina")
    archive.tells(*accept, "--hours", "1")
    alone = ("contribution", "decline-correction", "cor_3", "--reason", "It is right.")
    archive.tells(*alone)
    flood = ("contribution", "decline-corrections", "--reason", "A script.")
    never, always = ("--before", "2000-01-01"), ("--before", "2999-01-01")

    tried = archive.says(*flood, *always, "--dry-run").out
    assert tried == "3 corrections would be declined, 0 more wait\n"
    assert archive.tells(*flood, *never)["correction_ids"] == []
    some = archive.tells(*flood, *always, "--at-most", "2")
    assert (some["correction_ids"], some["waiting"]) == (["cor_1", "cor_4"], 1)
    assert archive.tells(*flood, *always)["correction_ids"] == ["cor_5"]
    assert archive.tells(*flood, *always)["correction_ids"] == []
    empty = archive.says(*flood, *always, "--since", "2999-01-01")
    assert (empty.status, "later day" in empty.err) == (2, True)

    listed = archive.tells("contribution", "corrections")["corrections"]
    assert [(one["state"], one["reason"]) for one in listed] == [
        ("declined", "A script."),
        ("accepted", None),
        ("declined", "It is right."),
        ("declined", "A script."),
        ("declined", "A script."),
    ]


def test_who_left_a_correction_is_forgotten_when_they_ask(archive: Archive) -> None:
    proposed(archive, 1, "Ada L.")
    proposed(archive, 2, "Bob")
    archive.tells(
        *("contribution", "accept-correction", "cor_1", "--create", "--hours", "1")
    )

    archive.tells("party", "erase", "Ada L.")
    one, other = archive.tells("contribution", "corrections")["corrections"]
    archive.tells("contribution", "forget-correction", "cor_2")
    unknown = archive.says("contribution", "forget-correction", "cor_9")

    assert (one["name"], other["name"]) == ("", "Bob")
    assert one["text"] == other["text"] != ""
    assert "Bob" not in archive.says("contribution", "corrections").out
    assert "there is no correction cor_9" in unknown.err


@pytest.mark.parametrize(
    ("words", "status", "complaint"),
    [
        (("cor_1", "--hours", "1"), 2, "say whom to credit"),
        (("cor_1", "--create", "--party", "Amina", "--hours", "1"), 2, "say whom"),
        (("cor_1", "--create", "--hours", "1"), 2, "leaves no name"),
        (("cor_1", "--party", "Amina", "--hours", "0"), 2, "weighs 1 to"),
        (("cor_9", "--party", "Amina", "--hours", "1"), 2, "there is no correction"),
    ],
)
def test_a_mistake_about_a_correction_keeps_nothing(
    archive: Archive, words: tuple[str, ...], status: int, complaint: str
) -> None:
    proposed(archive, 1)

    said = archive.says("contribution", "accept-correction", *words)

    assert (said.status, complaint in said.err) == (status, True)
    assert archive.tells("contribution", "list")["claims"] == []


def test_claims_are_exported_with_the_names_of_organisations_only(
    archive: Archive,
) -> None:
    a_claim(archive)
    archive.tells(
        *("contribution", "claim", "--party", "Mapworks", "--kind", "mirrors"),
        *("--title", "A copy", "--evidence", "https://m.example", "--hours", "2"),
    )

    whole = json.loads(archive.says("contribution", "export").out)
    own = archive.says("contribution", "export", "--party", "Amina", "--names")

    agents = {
        node["type"]: node.get("name")
        for node in whole["@graph"]
        if node["type"] in {"Person", "Organization"}
    }
    assert agents == {"Person": None, "Organization": "Mapworks"}
    assert '"Amina"' in own.out
    assert "Mapworks" not in own.out


def test_a_gift_and_a_donation_are_two_books(archive: Archive) -> None:
    donated = archive.tells(*("fund", "donate", "10.00 EUR", "--reference", "B1"))
    given = archive.tells(
        *("fund", "gift", "7.00 EUR", "--to", "Amina", "--reference", "B2"),
        *("--memo", "for the map", "--from", "Mapworks"),
    )
    passed = archive.tells("fund", "pass-on", given["gift_id"], "--reference", "OUT-1")
    balance = archive.tells("fund", "balance")["accounts"]

    accounts: dict[str, Any] = {one["account"]: one["balance_minor"] for one in balance}
    assert accounts["income:donation"] == -1_000
    assert not any(account.startswith("liability:gift") for account in accounts)
    assert (donated["to_party_id"], passed["passed_on"]) == (None, True)
    listed = archive.says("fund", "gifts").out
    assert "the commons" in listed
    assert "for the map" in listed
    assert archive.tells("audit")["ok"] is True
