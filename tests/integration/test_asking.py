"""gateway.bootstrap.asking: explain answers as a live request would be answered."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.bootstrap import House, opened, policies_of
from gateway.bootstrap.asking import Explained, explained, explanation_document
from gateway.bootstrap.keys import relief_key_of
from gateway.cli.init import write_set_up
from gateway.kernel.errors import InvalidValue
from gateway.kernel.request import Request
from gateway.metering.relief.pace import SLOTS_AT_FIRST
from gateway.metering.relief.shown_ticket import with_ticket
from gateway.metering.relief.turn import LaneName
from gateway.policy_files.faults import Faults
from gateway.services.lane_names import EXPENSIVE
from gateway.services.relief import Relief
from gateway.settings import read_settings

HOST = "http://archive.example"
CRAWLER = "User-Agent: Mozilla/5.0 (compatible; GPTBot/1.2)"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    told = {
        "upstream": "http://127.0.0.1:9",
        "public_url": HOST,
        "protect": "on",
        "licence_mode": "offer",
        "steward": "archive.example",
        "contact": "licences@archive.example",
        "spdx": "CC-BY-SA-4.0",
    }
    write_set_up(tmp_path, told)
    with opened(read_settings(tmp_path / "gateway.yaml")) as house:
        yield house


def test_a_crawler_is_offered_terms_on_a_page_and_nothing_on_robots_txt(
    house: House,
) -> None:
    page = explained(house, url=f"{HOST}/records/1", fields=[CRAWLER])
    robots = explained(house, url=f"{HOST}/robots.txt", fields=[CRAWLER])

    assert page.word == "offer"
    assert page.decision.ruling.file == "packs/copyfair.yaml"
    assert (robots.word, robots.decision.ruling.rule) == ("allow", "own-page")


def test_a_key_with_a_typo_is_explained_and_not_taken_for_a_stranger(
    house: House,
) -> None:
    issued = house.issue_test_key("Mapworks").secret.reveal()
    wrong = issued[:-1] + ("a" if issued[-1] != "a" else "b")

    right = explained(house, url=f"{HOST}/records/1", token=issued)
    mistyped = explained(house, url=f"{HOST}/records/1", token=wrong)

    assert right.word == "meter"
    assert mistyped.word == "identify"


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("http://[::1", "no address"),
        ("archive.example/records", "whole address"),
        (f"{HOST}/a/../b", "dot segment"),
    ],
)
def test_what_has_no_reading_is_refused_with_a_reason(
    house: House, url: str, complaint: str
) -> None:
    with pytest.raises(InvalidValue, match=complaint):
        explained(house, url=url)


def test_a_spelling_is_explained_as_it_is_answered(house: House) -> None:
    file = house.settings.policies / "collections" / "whole-site.yaml"
    with file.open("a", encoding="utf-8") as text:
        text.write("\npaths: {encoded-slash: redirect, parameters: reject}\n")

    other = explained(house, url=f"{HOST}/AC%2FDC?a=b")
    plain = explained(house, url=f"{HOST}/AC/DC?a=b")

    told = explanation_document(other, house.settings.switches)
    assert (told["decision"], told["status"]) == ("redirect", 308)
    assert told["rule"] == "other-spelling"
    assert "encoded-slash" in told["reason"]
    assert told["collection"] == "whole-site"
    assert plain.word == "allow"
    with pytest.raises(InvalidValue, match="parameters"):
        explained(house, url=f"{HOST}/a;b")


def test_another_spelling_on_a_host_that_is_not_public_is_refused_as_live(
    house: House,
) -> None:
    file = house.settings.policies / "collections" / "whole-site.yaml"
    with file.open("a", encoding="utf-8") as text:
        text.write("\npaths: {encoded-slash: redirect}\n")

    plain = explained(house, url="http://alias.example/AC/DC")

    assert plain.word == "allow"
    with pytest.raises(InvalidValue, match="this host is not public"):
        explained(house, url="http://alias.example/AC%2FDC")


@pytest.mark.parametrize(
    ("more", "status"), [((), 402), (("Git-Protocol: version=2",), 401)]
)
def test_the_status_is_the_one_that_this_client_would_get(
    house: House, more: tuple[str, ...], status: int
) -> None:
    told = explained(house, url=f"{HOST}/records/1", fields=[CRAWLER, *more])

    document = explanation_document(told, house.settings.switches)

    assert (document["decision"], document["status"]) == ("offer", status)


def test_a_header_without_a_colon_is_refused(house: House) -> None:
    with pytest.raises(InvalidValue, match="Name: value"):
        explained(house, url=f"{HOST}/", fields=["User-Agent"])


def test_a_collection_whose_upstream_nobody_knows_never_comes_into_force(
    house: House,
) -> None:
    file = house.settings.policies / "collections" / "whole-site.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("upstream: archive", "upstream: arkive"), "utf-8")

    with pytest.raises(Faults, match=r'no upstream "arkive".*did you mean "archive"'):
        policies_of(house.settings)


DEAR = """
costs: {"/search**": 20, "/records**": 1}
"""


@pytest.fixture
def dear(house: House) -> House:
    """The set-up, with a page that is said to be expensive and one said to be cheap."""
    file = house.settings.policies / "collections" / "whole-site.yaml"
    kept = [
        line
        for line in file.read_text(encoding="utf-8").splitlines()
        if not line.startswith("costs:")
    ]
    file.write_text("\n".join(kept) + DEAR, encoding="utf-8")
    return house


def lane_of(house: House, url: str, *fields: str) -> Any:
    told = explained(house, url=url, fields=fields)
    return explanation_document(told, house.settings.switches)["lane"]


BROWSER = "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Firefox/133.0"


def test_the_lane_before_an_expensive_page_is_told_with_the_rank(dear: House) -> None:
    lane = lane_of(dear, f"{HOST}/search?q=a", BROWSER)

    assert lane == {
        "collection": "whole-site",
        "room": "",
        "class": "dear",
        "rank": "fresh",
        "places": SLOTS_AT_FIRST,
        "inside": 0,
        "waiting": 0,
        "patience_s": 2,
    }


def test_before_a_cheap_page_there_is_no_lane(dear: House) -> None:
    assert lane_of(dear, f"{HOST}/records/1", BROWSER) is None


def test_a_machine_that_is_made_an_offer_is_told_where_it_stands_without_one(
    dear: House,
) -> None:
    assert lane_of(dear, f"{HOST}/search?q=a", CRAWLER)["rank"] == "automation"


def test_a_ticket_is_looked_at_and_not_spent(dear: House) -> None:
    url = f"{HOST}/search?q=a"
    now_ns = dear.clock.ticks_ns()
    relief = Relief(relief_key_of(dear.settings))
    asked = Request("req", "POST", "http", "x", "x", "/", "/", client_ip="127.0.0.1")
    lane = LaneName("whole-site", EXPENSIVE)
    ticket = relief.give_ticket(asked, lane, url, now_ns=now_ns)
    assert ticket is not None

    for _ in range(2):
        assert lane_of(dear, with_ticket(url, ticket), BROWSER)["rank"] == "ticket"
    other = with_ticket(f"{HOST}/search?q=b", ticket)
    assert lane_of(dear, other, BROWSER)["rank"] == "fresh"


def test_what_a_running_gateway_remembers_is_evidence_and_decides_nothing(
    dear: House,
) -> None:
    relief = Relief(relief_key_of(dear.settings))
    url = f"{HOST}/search?q=a"
    before = explained(dear, url=url, fields=[BROWSER], relief=relief)
    digest = relief.pseudonym_of("127.0.0.1")
    relief.history.revalidated(digest, now_ns=dear.clock.ticks_ns())

    after = explained(dear, url=url, fields=[BROWSER], relief=relief)
    elsewhere = explained(
        dear, url=url, fields=[BROWSER], relief=relief, client_ip="192.0.2.1"
    )

    def signals(told: Explained) -> set[str]:
        return {piece.signal for piece in told.answer.evidence}

    assert "behaviour" in signals(after)
    assert "behaviour" not in signals(before) | signals(elsewhere)
    assert before.decision == after.decision == elsewhere.decision
    assert [told.standing and told.standing.rank for told in (before, after)] == [
        "fresh",
        "history",
    ]
