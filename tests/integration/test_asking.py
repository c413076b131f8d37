"""gateway.bootstrap.asking: explain answers as a live request would be answered."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.bootstrap import House, opened, policies_of
from gateway.bootstrap.asking import explained, explanation_document
from gateway.cli.init import write_set_up
from gateway.kernel.errors import InvalidValue
from gateway.policy_files.faults import Faults
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
