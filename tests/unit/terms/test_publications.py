"""The files of a host: what is added, what is passed on, and what an outage does."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.kernel.errors import Unavailable, UpstreamFailed
from gateway.licensing.switches import LicenceMode, Switches
from gateway.terms.labels import Labels
from gateway.terms.own_paths import PUBLIC_PATHS, is_ours, is_public
from gateway.terms.ports import Fetched
from gateway.web.answer import HeaderPairs
from tests.unit.terms.builders import (
    ARCHIVE,
    LABEL,
    OFF,
    Archive,
    House,
    a_collection,
    a_request,
    a_set,
    a_site,
    header,
    several,
)

THEIRS = b"User-agent: *\nDisallow: /private/\n"
LICENCE_LINE = b"License: https://archive.example/license.xml\n"


async def test_robots_is_theirs_with_our_lines() -> None:
    house = House(archive=Archive(Fetched(200, THEIRS)))

    answer = await house.get("/robots.txt")

    assert answer is not None
    assert answer.status == 200
    assert answer.body.startswith(LICENCE_LINE)
    assert b"Disallow: /private/\n" in answer.body
    assert b"Content-Usage: search=y, ai-use=n, train-ai=n\n" in answer.body
    assert header(answer, "content-type") == "text/plain; charset=utf-8"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 429])
async def test_a_missing_robots_restricts_nothing(status: int) -> None:
    house = House(archive=Archive(Fetched(status, b"<h1>no</h1>")))

    answer = await house.get("/robots.txt")

    assert answer is not None
    assert answer.status == 200
    assert b"<h1>" not in answer.body
    assert answer.body.endswith(b"Disallow:\n")


@pytest.mark.parametrize("gives", [Fetched(503), UpstreamFailed("gone")])
async def test_an_outage_is_no_rule_against_everybody(
    gives: Fetched | UpstreamFailed,
) -> None:
    house = House(archive=Archive(gives))

    answer = await house.get("/robots.txt")

    assert answer is not None
    assert answer.status == 200
    assert header(answer, "cache-control") == "public, max-age=60"


async def test_during_an_outage_the_last_good_rules_stand() -> None:
    house = House(archive=Archive(Fetched(200, THEIRS)))
    before = await house.get("/robots.txt")
    house.archive.gives = Unavailable("the archive sleeps")

    during = await house.get("/robots.txt")

    assert before is not None
    assert during is not None
    assert during.body == before.body


async def test_a_redirect_of_robots_is_theirs_to_make() -> None:
    where = (("Location", "https://www.archive.example/robots.txt"),)
    house = House(archive=Archive(Fetched(301, b"", where)))

    answer = await house.get("/robots.txt")

    assert answer is not None
    assert (answer.status, answer.headers) == (301, where)


@pytest.mark.parametrize("path", sorted(PUBLIC_PATHS - {"/.well-known/copyfair"}))
async def test_while_licensing_is_off_nothing_is_touched(path: str) -> None:
    house = House(site=a_site(switches=OFF))

    answer = await house.get(path)

    assert answer is None or path.endswith("commons-alliance.json")


@pytest.mark.parametrize("path", sorted(PUBLIC_PATHS))
async def test_other_methods_on_public_files_are_the_archives(path: str) -> None:
    assert await House().terms(a_request(path, "POST"), b"x") is None


@pytest.mark.parametrize("path", sorted(PUBLIC_PATHS))
@pytest.mark.parametrize("gives", [Fetched(500), Fetched(403), Unavailable("gone")])
async def test_no_public_file_is_ever_refused(
    path: str, gives: Fetched | Unavailable
) -> None:
    house = House(archive=Archive(gives))
    bad_key = {"Authorization": "License cg_live_wrong"}

    answer = await house.get(path, headers=bad_key)

    assert answer is not None
    expected = 404 if path.endswith("commons-alliance.json") else 200
    assert answer.status == expected
    assert is_public(path)


async def test_the_licence_document_is_not_sent_twice() -> None:
    house = House()
    first = await house.get("/license.xml")
    assert first is not None

    tag = header(first, "etag")
    again = await house.get("/license.xml", headers={"If-None-Match": tag})

    assert header(first, "content-type").startswith("application/rsl+xml")
    assert again is not None
    assert (again.status, again.body) == (304, b"")


async def test_a_host_publishes_its_own_collections_only() -> None:
    ours = a_collection("maps", hosts=("maps.example",))
    house = House(site=a_site(several(ours)))

    assert await house.get("/license.xml") is None
    there = await house.get("/license.xml", host="maps.example")
    assert there is not None
    assert b"https://maps.example/_copyfair/offers/" in there.body


async def test_nobody_has_links_written_to_a_host_of_their_choice() -> None:
    answer = await House().get("/license.xml", host="evil.example")

    assert answer is not None
    assert b"evil.example" not in answer.body


async def test_a_collection_that_asks_for_no_labels_gets_none() -> None:
    quiet = a_collection("quiet", licence_mode=LicenceMode.OFF)
    house = House(site=a_site(a_set(collection=quiet)))

    assert await house.get("/robots.txt") is None


async def test_the_policy_of_a_reservation_can_be_read() -> None:
    house = House()
    rows = await house.get("/.well-known/tdmrep.json")
    assert rows is not None
    href = json.loads(rows.body)[0]["tdm-policy"]

    policy = await house.get(href.removeprefix(ARCHIVE))

    assert policy is not None
    assert json.loads(policy.body)["uid"] == href
    missing = await house.get("/_copyfair/tdm/nothing")
    assert missing is not None
    assert missing.status == 404


async def test_a_security_contact_is_theirs_or_ours() -> None:
    house = House(archive=Archive(Fetched(200, b"Contact: mailto:them@x.example\n")))
    theirs = await house.get("/.well-known/security.txt")
    house.archive.gives = Fetched(404)

    ours = await house.get("/.well-known/security.txt")

    assert theirs is not None
    assert theirs.body.startswith(b"Contact: mailto:them")
    assert ours is not None
    assert ours.body.startswith(b"Contact: mailto:licences@archive.example\nExpires: ")


async def test_the_description_names_every_collection_and_its_offer() -> None:
    answer = await House().get("/.well-known/copyfair")

    assert answer is not None
    said = json.loads(answer.body)
    assert said["schema"] == "copyfair-gateway/1"
    assert [one["id"] for one in said["collections"]] == ["registers"]
    assert said["collections"][0]["offer"].startswith(f"{ARCHIVE}/_copyfair/offers/")


@pytest.mark.parametrize(
    "path", ["/_copyfair/", "/_copyfair/token", "/_copyfair/portal/", "/_copyfair/x"]
)
async def test_what_does_not_exist_here_says_what_does(path: str) -> None:
    answer = await House().get(path)

    assert answer is not None
    assert answer.status == 404
    assert "/_copyfair/offers" in json.loads(answer.body)["detail"]


def test_the_archives_own_pages_are_not_ours() -> None:
    assert not is_ours("/registers/1742")
    assert not is_ours("/.well-known/acme-challenge/x")
    assert is_ours("/_copyfair/usage")


def labels(theirs: HeaderPairs = (), **changes: Any) -> dict[str, str]:
    collection = a_collection(**changes)
    site = a_site(a_set(collection=collection), LABEL)
    return dict(Labels(site)(a_request("/registers/1"), collection, theirs))


def test_a_page_carries_its_labels() -> None:
    assert labels() == {
        "Link": '<https://archive.example/license.xml>; rel="license"; '
        'type="application/rsl+xml"',
        "Content-Usage": "search=y, ai-use=n, train-ai=n",
        "TDM-Reservation": "1",
        "TDM-Policy": "https://archive.example/_copyfair/tdm/registers",
    }


def test_what_the_archive_says_itself_stands() -> None:
    theirs = (
        ("content-usage", "train-ai=y"),
        ("tdm-reservation", "0"),
        (
            "Link",
            '<https://x.example/r.xml>; rel="license"; type="application/rsl+xml"',
        ),
    )

    assert labels(theirs) == {}


def test_a_link_of_another_kind_is_joined() -> None:
    assert "Link" in labels((("Link", '</style.css>; rel="preload"'),))


def test_below_label_a_page_is_left_as_it_is() -> None:
    assert labels(licence_mode=LicenceMode.OFF) == {}


def test_a_page_outside_every_collection_has_no_labels() -> None:
    assert Labels(a_site())(a_request("/"), None, ()) == ()


# What robots.txt asks machines to leave.

GOOGLEBOT = {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}
OTHER = {"User-Agent": "OtherBot/1.0"}
GROUPS = b"User-agent: *\nDisallow: /search\nUser-agent: Googlebot\nDisallow: /old\n"


@pytest.mark.parametrize("switches", [LABEL, OFF], ids=["merged", "passed-on"])
async def test_what_robots_forbids_is_known_once_it_was_served(
    switches: Switches,
) -> None:
    house = House(a_site(switches=switches), Archive(Fetched(200, GROUPS)))
    forbids = house.terms.publications.forbids
    search = a_request("/search?q=a", headers=OTHER)
    assert not forbids(search)

    answer = await house.get("/robots.txt")

    assert (answer is None) == (switches is OFF)
    assert forbids(search)
    assert not forbids(a_request("/pages/1", headers=OTHER))
    # It finds its own group, and reads no other.
    assert not forbids(a_request("/search?q=a", headers=GOOGLEBOT))
    assert forbids(a_request("/old", headers=GOOGLEBOT))


async def test_an_outage_leaves_the_rules_and_a_file_that_is_gone_ends_them() -> None:
    house = House(a_site(switches=LABEL), Archive(Fetched(200, GROUPS)))
    search = a_request("/search?q=a", headers=OTHER)
    await house.get("/robots.txt")

    house.archive.gives = Fetched(503)
    await house.get("/robots.txt")
    assert house.terms.publications.forbids(search)

    house.archive.gives = Fetched(404)
    await house.get("/robots.txt")
    assert not house.terms.publications.forbids(search)


async def test_where_the_file_is_passed_on_it_is_read_once_an_hour() -> None:
    house = House(a_site(switches=OFF), Archive(Fetched(200, GROUPS)))
    search = a_request("/search?q=a", headers=OTHER)
    await house.get("/robots.txt")
    house.archive.gives = Fetched(404)

    await house.get("/robots.txt")
    assert house.terms.publications.forbids(search)
    house.clock.forward(s=3_600)
    await house.get("/robots.txt")
    assert not house.terms.publications.forbids(search)
