"""services.paces: machines that say their names are watched; people are not."""

from dataclasses import replace

import pytest

from gateway.classification.facts import Facts
from gateway.classification.known_agents import KnownAgents
from gateway.classification.published_ranges import PublishedRanges
from gateway.kernel.evidence import Level
from gateway.services.corroboration import Corroboration
from gateway.services.paces import PAGES_MAX, WINDOW_S, Paces
from tests.fakes.time_and_chance import START_US, HandClock
from tests.unit.classification.builders import CHROME, GPTBOT, a_request
from tests.unit.services.test_corroboration import Judge, NameServer

FETCHER = replace(
    GPTBOT, id="chatgpt-user", tokens=("ChatGPT-User",), kind="ai-fetcher"
)
READER = replace(GPTBOT, id="miniflux", tokens=("Miniflux",), kind="feed-reader")
AGENTS = KnownAgents([GPTBOT, FETCHER, READER])
FETCHING = "Mozilla/5.0; compatible; ChatGPT-User/1.0; +https://openai.com/bot"
KEY = bytes(32)


class Watch:
    """Who comes, and what is known of them then."""

    def __init__(self) -> None:
        self.clock, self.paces = HandClock(), Paces(KEY)
        self.known = Corroboration(
            Judge(), NameServer(), PublishedRanges, self.clock, self.paces
        )

    def facts(self, agent: str, address: str = "20.1.2.3") -> Facts:
        asked = replace(a_request(agent), client_ip=address, received_us=START_US)
        return self.known(asked, AGENTS)

    def read(self, agent: str, pages: int, address: str = "20.1.2.3") -> None:
        facts = self.facts(agent, address)
        subject = self.paces.subject_of(facts, address)
        for _ in range(pages):
            if subject:
                self.paces.came(subject, now_ns=self.clock.ticks_ns())

    def rate(self, agent: str, address: str = "20.1.2.3") -> str:
        return self.facts(agent, address).word("client.behaviour.rate")


@pytest.fixture
def watch() -> Watch:
    return Watch()


def test_who_reads_more_than_a_person_can_is_a_machine_until_it_rests(
    watch: Watch,
) -> None:
    watch.read(FETCHING, PAGES_MAX)
    assert watch.rate(FETCHING) == "unknown"

    watch.read(FETCHING, 1)
    fast = watch.facts(FETCHING)
    assert fast["client.behaviour.rate"].word == "machine"
    assert fast.level("client.behaviour.rate") is Level.VERIFIED
    assert "behaviour" in {piece.signal for piece in fast.evidence}
    # What else is known of it stays what it was.
    assert fast.word("client.kind") == "ai-fetcher"
    assert fast.level("client.kind") is Level.CLAIMED

    watch.clock.forward(s=WINDOW_S)
    assert watch.rate(FETCHING) == "unknown"


def test_it_counts_for_that_machine_from_there_and_for_nobody_beside_it(
    watch: Watch,
) -> None:
    watch.read(FETCHING, PAGES_MAX + 1)

    assert watch.rate(FETCHING) == "machine"
    assert watch.rate(FETCHING, "20.1.2.4") == "unknown"
    assert watch.rate("GPTBot/1.2") == "unknown"
    assert watch.rate(CHROME) == "unknown"


@pytest.mark.parametrize("agent", [CHROME, "Miniflux/2.1", "", "no-name/1.0"])
def test_nobody_looks_at_the_pace_of_people_or_of_whoever_says_no_name(
    watch: Watch, agent: str
) -> None:
    watch.read(agent, 10 * PAGES_MAX)

    assert watch.rate(agent) == "unknown"
    assert watch.paces.subject_of(watch.facts(agent), "20.1.2.3") == b""


def test_asking_changes_nothing_and_alike_facts_are_one_object(watch: Watch) -> None:
    for _ in range(3 * PAGES_MAX):
        assert watch.rate(FETCHING) == "unknown"

    for address in ("20.1.2.3", "20.9.9.9"):
        watch.read(FETCHING, PAGES_MAX + 1, address)
    assert watch.facts(FETCHING) is watch.facts(FETCHING, "20.9.9.9")
