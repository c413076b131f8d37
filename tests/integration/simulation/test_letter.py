"""A letter to an operator: what it says, and that nobody else can have written it."""

from __future__ import annotations

from pathlib import Path
from string import Formatter

import pytest
from click.testing import CliRunner, Result

from gateway.bootstrap.simulating import Simulation, policies_in
from gateway.cli.entry import copyfair
from gateway.kernel.errors import NotFound
from gateway.services.simulation.dossier_texts import ENGLISH, FRENCH
from gateway.services.simulation.figures import list_price
from tests.fakes.money_words import words_of_money

LIST_DAY, LATER = "05/Sep/2026", "05/Dec/2026"
"""Days on which the shipped list of Googlebot's addresses is new, and no longer so."""
LINE = '192.0.2.7 - - [18/Dec/2024:09:00:{:02} +0000] "GET /{} HTTP/1.1" 200 9 "-" "{}"'


def run(*words: str) -> Result:
    return CliRunner().invoke(copyfair, list(words))


@pytest.fixture
def set_up(tmp_path: Path) -> Path:
    folder = tmp_path / "archive"
    address = "https://archive.example"
    upstream = "http://127.0.0.1:8080"
    words = ("--upstream", upstream, "--public-url", address, "--licence", "invoice")
    result = run("init", str(folder), *words)
    assert result.exit_code == 0
    return folder


@pytest.fixture
def log(tmp_path: Path) -> Path:
    file = tmp_path / "access.log"
    lines = [LINE.format(n, n, "GPTBot/1.2") for n in range(30)]
    lines.append(LINE.format(40, "robots.txt", "GPTBot/1.2"))
    file.write_text("\n".join(lines) + "\n")
    return file


def written(log: Path, set_up: Path, *more: str) -> tuple[str, str]:
    words = ("--operator", "openai", str(log), "--config", str(set_up), *more)
    result = run("letter", *words)
    assert result.exit_code == 0, result.output
    return result.stdout, result.stderr.split()[-1]


def test_it_says_what_was_taken_and_how_well_that_is_known(
    log: Path, set_up: Path
) -> None:
    text, _ = written(log, set_up)

    assert "31\nrequests" in text or "31 requests" in text
    assert "which anybody can write" in " ".join(text.split())
    assert "number of times: 1" in " ".join(text.split())
    assert "192.0.2" not in text


def test_it_is_believed_with_the_houses_key_and_no_more_once_changed(
    log: Path, set_up: Path, tmp_path: Path
) -> None:
    text, key = written(log, set_up)
    letter = tmp_path / "letter.txt"
    letter.write_text(text)

    assert run("letter", "verify", str(letter), "--key", key).exit_code == 0

    letter.write_text(text.replace("openai", "google"))
    changed = CliRunner().invoke(
        copyfair,
        ["letter", "verify", str(letter), "--key", key],
        standalone_mode=False,
    )
    assert changed.return_value == 1


def googlebots(log: Path, addresses: list[str], day: str) -> None:
    agent = "Mozilla/5.0 (compatible; Googlebot/2.1)"
    lines = [
        LINE.format(n, n, agent)
        .replace("192.0.2.7", address)
        .replace("18/Dec/2024", day)
        for n, address in enumerate(addresses)
    ]
    log.write_text("\n".join(lines) + "\n")


def test_who_only_borrows_a_name_is_no_reason_to_write_and_is_not_counted(
    log: Path, set_up: Path
) -> None:
    theirs, not_theirs = "66.249.66.1", "198.51.100.7"
    googlebots(log, [theirs] * 3 + [not_theirs] * 20, LIST_DAY)
    words = ("--operator", "google", str(log), "--config", str(set_up))

    text = " ".join(run("letter", *words).stdout.split())

    assert "google: your machines in our archive" in text
    assert "our access log shows 3 requests" in text
    assert "20 more requests carry your name from addresses outside" in text

    googlebots(log, [not_theirs] * 20, LIST_DAY)
    assert isinstance(run("letter", *words).exception, NotFound)


def test_a_few_proven_machines_do_not_make_the_others_theirs(
    log: Path, set_up: Path
) -> None:
    """Of another time than the list's, so that nobody can say whose the others are."""
    googlebots(log, ["66.249.66.1"] * 3 + ["198.51.100.7"] * 20, LATER)
    words = ("--operator", "google", str(log), "--config", str(set_up))

    text = run("letter", *words).stdout

    assert "google: machines that claim your name in our archive" in text
    assert "3 of them (27 bytes) are known by published addresses" in text


def test_nobody_is_written_to_who_took_nothing(log: Path, set_up: Path) -> None:
    words = ("--operator", "google", str(log), "--config", str(set_up))
    result = run("letter", *words)

    assert isinstance(result.exception, NotFound)


def test_it_says_the_price_and_what_of_it_nobody_can_collect(
    log: Path, set_up: Path
) -> None:
    text, _ = written(log, set_up)

    assert "0.00 EUR  under an agreement" in text
    assert "EUR  by machines that only carry your name: not collectable" in text
    assert "nothing can be collected" in " ".join(text.split())


def test_in_french_no_english_sentence_is_left(log: Path, set_up: Path) -> None:
    text, key = written(log, set_up, "--lang", "fr")
    letter = log.with_name("lettre.txt")
    letter.write_text(text, encoding="utf-8")

    assert "machines qui portent votre nom" in " ".join(text.split())
    assert "vos machines dans notre archive" not in text
    assert "0,00 EUR  sous accord" in text
    assert "non recouvrable" in text
    assert not {"your", "which", "they"} & set(text.lower().split())
    assert run("letter", "verify", str(letter), "--key", key).exit_code == 0


def test_where_nothing_has_a_price_it_asks_for_none(log: Path, set_up: Path) -> None:
    collection = set_up / "policies" / "collections" / "whole-site.yaml"
    text = collection.read_text(encoding="utf-8")
    collection.write_text(text.replace("tariff: ai-2026\n", ""), encoding="utf-8")

    letter, _ = written(log, set_up)

    assert "our terms say how to get one" in " ".join(letter.split())
    assert "two ways to come to terms" in letter
    assert words_of_money(letter) == []


def test_each_operator_is_priced_by_itself(log: Path) -> None:
    with log.open("a") as more:
        more.writelines(
            LINE.format(n, n, "CCBot/2.0").replace(" 9 ", f" {10**9} ") + "\n"
            for n in range(41, 59)
        )
    policies = policies_in(None, None)
    tally = Simulation([str(log)]).run([policies])[0]

    claimed = {
        name: list_price(tally, policies, operator=name)["claimed_minor"]
        for name in ("openai", "commoncrawl", "")
    }

    assert claimed["commoncrawl"] > claimed["openai"]
    assert claimed[""] == claimed["openai"] + claimed["commoncrawl"]


@pytest.mark.parametrize("word", ENGLISH)
def test_every_english_text_has_its_french_one(word: str) -> None:
    def fields(text: str) -> set[str | None]:
        return {name for _, name, _, _ in Formatter().parse(text)} - {None}

    assert fields(ENGLISH[word]) == fields(FRENCH[word])
