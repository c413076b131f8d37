"""Who reads the books in French reads what they lead to in French as well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from gateway.identity.party import Party
from gateway.identity.principal import Principal
from tests.unit.portal.builders import RICH, told
from tests.unit.terms.builders import Ballots, Doorkeeper, House

ACME = Principal(Party("pty_7", "Acme"), "key_1")
HTML = {"Accept": "text/html", "Accept-Language": "en"}
VOTE = "/_copyfair/votes/vot_1"
OPEN: Mapping[str, Any] = {
    "vote_id": "vot_1",
    "title": "What comes next?",
    "about": "priorities",
    "subject": "",
    "options": {"care": "Care"},
    "credits": 100,
    "voted": 0,
    "entitled": 1,
    "closed_at": None,
    "closes_at": "2026-12-01T12:00:00Z",
    "decision": None,
    "tally": None,
}


class Desk:
    """One open vote."""

    def votes(self) -> Sequence[Mapping[str, Any]]:
        return (OPEN,)

    def stewards(self) -> Sequence[Mapping[str, Any]]:
        return ()

    def vote(self, vote_id: str) -> Mapping[str, Any]:
        return OPEN

    def own(self, vote_id: str, party_id: str) -> Mapping[str, Any]:
        return {"may_vote": True, "votes": None}

    def cast(
        self, vote_id: str, principal: Principal, votes: Mapping[str, int]
    ) -> Mapping[str, Any]:
        return {"vote_id": vote_id}


async def page(path: str, query: str = "") -> str:
    house = House(votes=Ballots(Desk()), door=Doorkeeper(ACME))
    target = f"{path}?{query}" if query else path
    answer = await house.get(path, headers=HTML, target=target, query=query)
    assert answer is not None
    return answer.body.decode()


@pytest.mark.parametrize(
    ("path", "link"),
    [
        ("/_copyfair/votes", 'href="/_copyfair/votes/vot_1?lang=fr"'),
        (VOTE, 'href="/_copyfair/votes?lang=fr"'),
        (VOTE, 'action="/_copyfair/votes/vot_1?lang=fr"'),
        ("/_copyfair/corrections", 'action="/_copyfair/corrections?lang=fr"'),
        ("/_copyfair/appeals", 'action="/_copyfair/appeals?lang=fr"'),
        ("/_copyfair/usage", 'href="/_copyfair/portal/?lang=fr"'),
    ],
)
async def test_the_chosen_language_is_spoken_and_kept(path: str, link: str) -> None:
    french, english = await page(path, "lang=fr"), await page(path)
    assert '<html lang="fr">' in french
    assert link in french
    assert '<html lang="en">' in english
    assert link.replace("?lang=fr", "") in english


async def test_a_language_that_is_not_ours_is_that_of_the_reader() -> None:
    for query in ("lang=de", "lang=french", "along=fr"):
        assert '<html lang="en">' in await page("/_copyfair/corrections", query)


async def test_what_else_was_asked_stays() -> None:
    asked = "about=/registers/1742&lang=fr"
    french = await page("/_copyfair/corrections", asked)
    assert '<html lang="fr">' in french
    assert 'value="/registers/1742"' in french


async def test_the_books_lead_to_votes_in_their_language() -> None:
    assert 'href="/_copyfair/votes?lang=fr"' in await told(RICH, "decisions?lang=fr")
    assert 'href="/_copyfair/votes"' in await told(RICH, "decisions")
