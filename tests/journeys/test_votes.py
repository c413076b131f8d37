"""A vote as people live it: opened by a steward, cast on paper, by form and by script,
counted, published, and counted again by a stranger and by a voter."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from gateway.bootstrap import opened
from gateway.fund.voting.office import Term
from gateway.kernel.clock import US_PER_DAY
from gateway.settings import read_settings
from tests.journeys.command_line import ROOT, Archive, Said, copyfair
from tests.journeys.running import Gateway, Got, gateway_before

PEOPLE = ("Amina", "Ines", "Joseph", "Lena", "Oumar", "Petra")
BROWSER = {"User-Agent": "Mozilla/5.0 Firefox/130.0", "Accept": "text/html"}
FORM = {**BROWSER, "Content-Type": "application/x-www-form-urlencoded"}
SCRIPT = {"Content-Type": "application/json", "Accept": "application/json"}
NOWHERE = "http://127.0.0.1:9"


@dataclass(frozen=True, slots=True)
class Commons:
    """A gateway that runs, its people and their keys."""

    gateway: Gateway
    archive: Archive
    keys: dict[str, str]

    def opened(self, title: str, *words: str) -> dict[str, Any]:
        by = () if "--by" in words else self.by_steward()
        told: dict[str, Any] = self.archive.tells("vote", "open", title, *words, *by)
        return told

    def closed(self, vote_id: str) -> dict[str, Any]:
        words = ("vote", "close", vote_id, *self.by_steward())
        told: dict[str, Any] = self.archive.tells(*words)
        return told

    def by_steward(self) -> tuple[str, ...]:
        """Once somebody is a steward, opening and closing needs one."""
        seats = self.archive.tells("steward", "list")["stewards"]
        return ("--by", seats[0]["may_act"][0]) if seats else ()

    def stranger(self) -> str:
        """Somebody who gave nothing, and has a key."""
        if "Stranger" not in self.keys:
            self.archive.tells("party", "add", "Stranger", "--set", "entity=person")
            made = self.archive.tells("key", "issue", "--party", "Stranger")
            self.keys["Stranger"] = made["key"]
        return self.keys["Stranger"]

    def tallied(self) -> str:
        """A vote that came to care 18 and roof 6."""
        options = ("--option", "care=Care work", "--option", "roof=A roof")
        vote_id: str = self.opened("Care or a roof?", *options)["vote_id"]
        for name in PEOPLE:
            votes = ("--vote", "care=3", "--vote", "roof=1")
            self.archive.tells("vote", "cast", vote_id, "--party", name, *votes)
        self.closed(vote_id)
        return vote_id

    def posted(self, vote_id: str, name: str, votes: dict[str, int]) -> Got:
        """A ballot as a script sends it."""
        headers = {**SCRIPT, "Authorization": f"Bearer {self.keys[name]}"}
        body = json.dumps({"votes": votes}).encode()
        path = f"/_copyfair/votes/{vote_id}"
        return self.gateway.ask(path, "POST", headers=headers, body=body)

    def form(self, vote_id: str, language: str = "en", **fields: str) -> Got:
        """A ballot as a browser sends it."""
        body = urlencode({name.replace("__", "."): v for name, v in fields.items()})
        headers = {**FORM, "Accept-Language": language}
        path = f"/_copyfair/votes/{vote_id}"
        return self.gateway.ask(path, "POST", headers=headers, body=body.encode())

    def page(self, path: str = "", language: str = "en") -> str:
        headers = {**BROWSER, "Accept-Language": language}
        got = self.gateway.ask(f"/_copyfair/votes{path}", headers=headers)
        assert got.status == 200, got.body
        return got.body.decode()


@pytest.fixture(scope="module")
def commons(tmp_path_factory: pytest.TempPathFactory) -> Generator[Commons]:
    """Six people, each with two hours that were accepted; nobody sells anything."""
    folder = tmp_path_factory.mktemp("votes")
    with gateway_before(NOWHERE, folder) as gateway:
        archive = Archive(gateway.folder)
        keys = {}
        for name in PEOPLE:
            archive.tells("party", "add", name, "--set", "entity=person")
            keys[name] = archive.tells("key", "issue", "--party", name)["key"]
        for place, name in enumerate(PEOPLE):
            told = ("--title", "Letters", "--evidence", "box 1", "--hours", "2")
            kind = ("contribution", "claim", "--party", name, "--kind", "care")
            claim = archive.tells(*kind, *told)["claim_id"]
            by = PEOPLE[place - 1]
            archive.tells("contribution", "review", claim, "accept", "--by", by)
        yield Commons(gateway, archive, keys)


def published(archive: Archive) -> Path:
    archive.tells("log", "publish")
    return archive.folder / "books"


def verified(*words: str | Path) -> Said:
    return copyfair("vote", "verify", *words, "--json")


def test_what_comes_first_is_asked_cast_counted_and_counted_again(
    commons: Commons, tmp_path: Path
) -> None:
    archive = commons.archive
    vote_id = commons.opened(
        "What comes first?", "--option", "care=Care work", "--option", "roof=A roof"
    )["vote_id"]

    # by hand: the steward has the paper, the voter gets the receipt
    paper, receipt = tmp_path / "amina.json", tmp_path / "petra.json"
    words = ("vote", "cast", vote_id, "--party", "Amina", "--vote", "care=9")
    told = archive.tells(*words, "--receipt", paper)
    assert told["nonce"] is None
    # by a script, and with another mind afterwards
    first = commons.posted(vote_id, "Petra", {"care": 1})
    assert first.status == 201, first.body
    last = commons.posted(vote_id, "Petra", {"roof": 7, "care": 7})
    receipt.write_bytes(last.body)
    for name in PEOPLE[1:4]:
        assert commons.posted(vote_id, name, {"roof": 2}).status == 201
    # by a form, without a script, in French
    page = commons.page(f"/{vote_id}", "fr")
    assert 'lang="fr"' in page
    assert "<script" not in page
    assert re.search(r'name="votes\.care" type="number"', page)
    key = commons.keys["Oumar"]
    sent = commons.form(vote_id, "fr", votes__care="3", votes__roof="", key=key)
    assert sent.status == 200, sent.body
    assert "Votre bulletin est dans l&#39;urne" in sent.body.decode()
    assert sent.headers["cache-control"] == "no-store"
    assert key not in sent.body.decode()

    # nothing is told of how it stands
    assert archive.tells("vote", "show", vote_id)["tally"] is None
    closed = commons.closed(vote_id)
    assert (closed["voted"], closed["entitled"]) == (6, 6)
    assert closed["tally"] == {
        "method": "quadratic",
        "weights": {"care": 9 + 7 + 3, "roof": 7 + 6},
        "weights_in_force": {"care": 19, "roof": 13},
        "overridden_by": None,
    }
    assert "19" in commons.page()
    assert "quadratique" in commons.page(f"/{vote_id}", "fr")

    books = published(archive)
    said = verified("--from", books)
    assert said.status == 0, said.err
    told = next(one for one in said.json["votes"] if one["vote_id"] == vote_id)
    assert told["weights"] == {"care": 19, "roof": 13}
    for kept in (paper, receipt):
        assert verified("--from", books, "--receipt", kept).json["receipt"] == "counted"
    earlier = tmp_path / "earlier.json"
    earlier.write_bytes(first.body)
    fate = verified("--from", books, "--receipt", earlier)
    assert (fate.status, fate.json["receipt"]) == (0, "superseded")
    assert copyfair("fund", "recompute", "--from", books).status == 0
    text = (books / "rows/000/000.jsonl").read_text("utf-8")
    assert not any(name in text for name in (*PEOPLE, "pty_"))


def test_a_row_of_a_vote_that_was_changed_is_named(
    commons: Commons, tmp_path: Path
) -> None:
    vote_id = commons.tallied()
    books = published(commons.archive)
    rows = books / "rows/000/000.jsonl"
    before = rows.read_text("utf-8")
    lines = before.splitlines()
    number = next(
        place
        for place, line in enumerate(lines)
        if line.endswith('"kind":"tally"}') and vote_id in line
    )
    lines[number] = lines[number].replace('["roof",6]', '["roof",7]')
    rows.write_text("\n".join(lines) + "\n", "utf-8")
    said = verified("--from", books)
    assert copyfair("log", "verify", books, "--json").json["bad_row"] == number
    rows.write_text(before, "utf-8")
    assert (said.status, said.json["bad_row"]) == (1, number)


def test_a_ballot_needs_a_key_that_is_right_whole_and_entitled(
    commons: Commons,
) -> None:
    archive = commons.archive
    vote_id = commons.opened("A roof?", "--resolve", "roof")["vote_id"]
    path = f"/_copyfair/votes/{vote_id}"
    body = b'{"votes": {"yes": 1}}'

    assert commons.gateway.ask(path, "POST", headers=SCRIPT, body=body).status == 401
    wrong = {**SCRIPT, "X-Api-Key": f"{commons.keys['Amina'][:-1]}0"}
    assert commons.gateway.ask(path, "POST", headers=wrong, body=body).status == 401
    commons.stranger()
    assert commons.posted(vote_id, "Stranger", {"yes": 1}).status == 400
    for votes in ({}, {"yes": 2}, {"maybe": 1}, {"yes": -1}):
        answer = commons.posted(vote_id, "Amina", votes)
        assert 400 <= answer.status < 500, answer.body
    assert commons.posted("vot_9", "Amina", {"yes": 1}).status == 404
    assert (
        commons.form(vote_id, key=commons.keys["Amina"], answer="maybe").status >= 400
    )
    assert archive.tells("vote", "show", vote_id)["voted"] == 0
    assert commons.posted(vote_id, "Amina", {"yes": 1}).status == 201
    own = commons.gateway.ask(path, headers={"X-Api-Key": commons.keys["Amina"]})
    told = json.loads(own.body)["own"]
    assert (told["may_vote"], told["votes"]) == (True, {"yes": 1})
    assert json.loads(commons.gateway.ask(path).body)["own"] is None
    stranger = commons.gateway.ask(
        path, headers={"X-Api-Key": commons.keys["Stranger"]}
    )
    assert json.loads(stranger.body)["own"]["may_vote"] is False


def test_members_decide_and_other_weights_need_their_decision(commons: Commons) -> None:
    archive = commons.archive
    priorities = commons.tallied()
    words = ("--override", priorities, "--weight", "care=1", "--weight", "roof=4")
    vote_id = commons.opened("The roof leaks", *words)["vote_id"]
    for name in PEOPLE[:5]:
        key = commons.keys[name]
        assert commons.form(vote_id, key=key, answer="yes").status == 200
    early = archive.says("vote", "close", vote_id, *commons.by_steward())
    assert early.status == 1  # one did not vote yet
    key = commons.keys["Petra"]
    assert "Cast the ballot" in commons.page(f"/{vote_id}")
    assert commons.form(vote_id, key=key, answer="no").status == 200
    decision = commons.closed(vote_id)["decision"]
    assert (decision["yes"], decision["no"], decision["outcome"]) == (5, 1, "accepted")
    tally = archive.tells("vote", "show", priorities)["tally"]
    assert tally["weights"] == {"care": 18, "roof": 6}
    assert tally["weights_in_force"] == {"care": 1, "roof": 4}
    assert tally["overridden_by"] == decision["decision_id"]
    assert decision in archive.tells("decision", "list")["decisions"]
    shown = archive.tells("decision", "show", decision["decision_id"])
    assert shown["decided_at"] == decision["decided_at"]
    assert "members decided otherwise" in archive.says("vote", "show", priorities).out


def test_a_tariff_that_members_must_ratify_is_published_once_they_did(
    commons: Commons,
) -> None:
    archive = commons.archive
    name = "ai-2026"
    (archive.policies / "tariffs").mkdir(exist_ok=True)
    shutil.copy(ROOT / "policies/tariffs/ai-2026.yaml", archive.policies / "tariffs")
    with archive.config.open("a", encoding="utf-8") as settings:
        settings.write("\nfund: {must_ratify: [tariffs]}\n")
    said = archive.says("tariff", "publish", name)
    assert said.status == 1
    assert "members have not ratified" in said.err
    archive.rewrite("must_ratify", "ratify")
    warned = archive.says("tariff", "publish", name)
    assert (warned.status, "members have not ratified" in warned.err) == (0, True)
    vote_id = commons.opened("The prices", "--ratify", "tariff", name)["vote_id"]
    for who in PEOPLE:
        archive.tells("vote", "cast", vote_id, "--party", who, "--answer", "yes")
    commons.closed(vote_id)
    assert archive.says("tariff", "publish", name).err == ""


def test_once_a_steward_is_named_opening_and_closing_needs_one(
    commons: Commons,
) -> None:
    archive = commons.archive
    words = ("steward", "appoint", "whole-site", "Amina", "--deputy", "Ines")
    (seat,) = archive.tells(*words)["stewards"]
    assert seat["may_act"] == [seat["steward_id"]]
    said = archive.says("vote", "open", "A roof?", "--resolve", "roof")
    assert (said.status, "--by" in said.err) == (2, True)
    said = archive.says("vote", "open", "A roof?", "--resolve", "roof", "--by", "Ines")
    assert (said.status, "no steward now" in said.err) == (2, True)
    again = archive.says(*words)
    assert (again.status, "decision of the members" in again.err) == (2, True)
    vote_id = commons.opened(
        "Again?", "--appoint", "whole-site", "Amina", "--by", "Amina"
    )["vote_id"]
    for who in PEOPLE:
        archive.tells("vote", "cast", vote_id, "--party", who, "--answer", "yes")
    closed = archive.tells("vote", "close", vote_id, "--by", "Amina")
    decision = closed["decision"]["decision_id"]
    archive.tells(*words, "--decision", decision)
    assert archive.says("steward", "check-in", "Amina").status == 0
    assert "la personne responsable" in commons.page(language="fr")
    told = json.loads(commons.gateway.ask("/_copyfair/votes").body)["stewards"]
    since = {one["collection"]: one["deputy_since"] for one in told}
    assert since["whole-site"] is None
    assert "steward of whole-site" not in archive.says("doctor").out
    assert verified("--from", published(archive)).status == 0


def test_a_deputy_who_comes_into_powers_is_told_of_and_put_on_record(
    commons: Commons,
) -> None:
    archive = commons.archive
    commons.stranger()  # whoever reviewed something today is not silent
    silent, deputy = (
        archive.tells("party", "show", name)["party_id"]
        for name in ("Stranger", "Lena")
    )
    with opened(read_settings(archive.config)) as house:
        began_us = house.clock.now_us() - 100 * US_PER_DAY
        ends_us = began_us + 365 * US_PER_DAY
        term = Term("trm_0", "maps", silent, deputy, began_us, ends_us)
        house.books.offices.begin(term)
    seen = archive.says("doctor").out
    assert re.search(r"steward of maps +note +the deputy may act since", seen)
    assert "the deputy, since" in commons.page()
    assert "la suppléance, depuis le" in commons.page(language="fr")
    for _ in range(2):
        (seat,) = archive.tells("steward", "check")["stewards"]
        assert seat["may_act"] == sorted((silent, deputy))
    published(archive)
    rows = (archive.folder / "books/rows/000/000.jsonl").read_text("utf-8")
    assert rows.count('"what":"deputy-wakes"') == 1
    vote_id = commons.opened("A map?", "--resolve", "map", "--by", "Lena")["vote_id"]
    assert archive.tells("vote", "show", vote_id)["voted"] == 0
    archive.says("steward", "check-in", "Stranger")
    said = archive.says("vote", "open", "Again?", "--resolve", "map", "--by", "Lena")
    assert (said.status, "no steward now" in said.err) == (2, True)
