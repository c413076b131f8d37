"""services.corroboration: claims are looked up, readers are not, and nobody waits."""

from dataclasses import dataclass, field, replace

import pytest

from gateway.classification.classify import stranger
from gateway.classification.facts import Facts
from gateway.classification.known_agents import KnownAgents
from gateway.classification.published_ranges import PublishedRanges, RangeList
from gateway.classification.testimony import Outcome, Verdict, Word
from gateway.kernel.evidence import Level
from gateway.kernel.request import Request
from gateway.services.corroboration import Corroboration
from tests.fakes.time_and_chance import START_US, HandClock
from tests.unit.classification.builders import (
    CHROME,
    GOOGLEBOT,
    GPTBOT,
    READ_ALOUD,
    REQUESTS,
    a_request,
)

SIGNER = replace(
    GPTBOT, id="driver", tokens=("Driver Agent",), signature_agents=("openai.example",)
)
NAMED = replace(GOOGLEBOT, reverse_names=("googlebot.com",))
AGENTS = KnownAgents([GPTBOT, NAMED, READ_ALOUD, REQUESTS, SIGNER])
GPTBOT_UA = "Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)"
GOOGLE_UA = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
SIGNED = {"Signature-Input": "sig=()"}


@dataclass
class Judge:
    """Signatures as the test says."""

    verdict: Verdict | None = None
    asked: list[Request] = field(default_factory=list)

    def __call__(self, asked: Request, *, now_s: int) -> Verdict | None:
        self.asked.append(asked)
        return self.verdict


@dataclass
class NameServer:
    """Names as the test says."""

    is_theirs: bool | None = None
    asked: list[str] = field(default_factory=list)

    def __call__(self, address: str, domains: tuple[str, ...]) -> bool | None:
        self.asked.append(address)
        return self.is_theirs


DIRECTORY = "/.well-known/http-message-signatures-directory"


def verified(identity: str = f"https://openai.example{DIRECTORY}") -> Verdict:
    return Verdict(Outcome.VERIFIED, "verified", "It holds.", identity, "thumb")


def invalid(reason: str) -> Verdict:
    return Verdict(Outcome.INVALID, reason, "It does not hold.")


@dataclass
class Scene:
    judge: Judge = field(default_factory=Judge)
    names: NameServer = field(default_factory=NameServer)
    ranges: PublishedRanges = field(default_factory=PublishedRanges)

    def facts(self, asked: Request) -> Facts:
        looked_up = Corroboration(
            self.judge, self.names, lambda: self.ranges, HandClock()
        )
        return looked_up(asked, AGENTS)


def a_visit(
    user_agent: str, *, signed: bool = False, address: str = "20.1.2.3"
) -> Request:
    asked = a_request(user_agent, headers=SIGNED if signed else None)
    return replace(asked, client_ip=address, received_us=START_US)


def test_a_reader_is_not_looked_up_and_shares_facts_with_every_other() -> None:
    scene, asked = Scene(), a_visit(CHROME)

    facts = scene.facts(asked)

    assert facts is stranger(asked, AGENTS)
    assert (scene.judge.asked, scene.names.asked) == ([], [])


def test_a_signature_verifies_the_operator_that_the_user_agent_names() -> None:
    own = KnownAgents([replace(GPTBOT, signature_agents=("openai.example",))])
    looked_up = Corroboration(
        Judge(verified()), NameServer(), PublishedRanges, HandClock()
    )

    facts = looked_up(a_visit(GPTBOT_UA, signed=True), own)

    assert facts.word("client.operator") == "openai"
    assert facts.level("client.operator") is Level.VERIFIED
    assert facts.level("client.kind") is Level.VERIFIED
    assert facts["client.kind"].source == "web-bot-auth"


def test_a_signed_client_that_looks_like_a_browser_is_what_its_operator_runs() -> None:
    facts = Scene(Judge(verified())).facts(a_visit(CHROME, signed=True))

    assert facts.word("client.agent") == "driver"
    assert facts.word("client.kind") == "ai-crawler"
    assert facts.level("client.kind") is Level.VERIFIED


def test_a_key_of_somebody_unknown_proves_its_host_and_no_more() -> None:
    scene = Scene(Judge(verified(f"https://bot.example{DIRECTORY}")))

    facts = scene.facts(a_visit(CHROME, signed=True))

    assert facts.word("client.operator") == "bot.example"
    assert facts.level("client.operator") is Level.VERIFIED
    assert facts.word("client.kind") == "browser"
    assert facts.level("client.kind") is Level.CLAIMED


def test_a_key_set_elsewhere_on_a_known_host_proves_its_address_alone() -> None:
    """Whoever can lay a file on a site is not whoever runs it."""
    left_there = "https://openai.example/share/anybody.json"

    facts = Scene(Judge(verified(left_there))).facts(a_visit(GPTBOT_UA, signed=True))

    assert facts.level("client.operator") is Level.CLAIMED
    assert facts["client.operator"].contradicted
    reader = Scene(Judge(verified(left_there))).facts(a_visit(CHROME, signed=True))
    assert reader.word("client.operator") == "openai.example/share/anybody.json"


def test_a_key_of_another_never_verifies_what_the_user_agent_names() -> None:
    scene = Scene(Judge(verified("https://bot.example/keys")))

    facts = scene.facts(a_visit(GPTBOT_UA, signed=True))

    assert facts.word("client.operator") == "openai"
    assert facts.level("client.operator") is Level.CLAIMED
    assert facts["client.operator"].contradicted


@pytest.mark.parametrize(
    "verdict",
    [
        invalid("bad-signature"),
        invalid("expired"),
        invalid("replayed"),
        Verdict(Outcome.UNVERIFIED, "directory-unreachable", "Not now."),
    ],
    ids=lambda verdict: verdict.reason,
)
def test_a_signature_that_is_not_verified_takes_nothing_from_anybody(
    verdict: Verdict,
) -> None:
    plain = stranger(a_visit(CHROME), AGENTS)

    facts = Scene(Judge(verdict)).facts(a_visit(CHROME, signed=True))

    assert dict(facts) == dict(plain)
    assert facts.evidence[-1].signal == "web-bot-auth"


def test_a_request_is_judged_once_however_often_it_is_asked_about() -> None:
    """Its nonce would be used up by the first time."""
    scene, asked = Scene(Judge(verified())), a_visit(CHROME, signed=True)
    looked_up = Corroboration(
        scene.judge, scene.names, lambda: scene.ranges, HandClock()
    )

    first, second = looked_up(asked, AGENTS), looked_up(asked, AGENTS)

    assert first is second
    assert len(scene.judge.asked) == 1


@pytest.mark.parametrize(
    ("is_theirs", "level", "contradicted"),
    [
        (True, Level.VERIFIED, False),
        (False, Level.CLAIMED, True),
        (None, Level.CLAIMED, False),
    ],
)
def test_the_name_of_an_address_proves_denies_or_is_not_known(
    *, is_theirs: bool | None, level: Level, contradicted: bool
) -> None:
    facts = Scene(names=NameServer(is_theirs)).facts(a_visit(GOOGLE_UA))

    found = facts["client.operator"]
    assert (found.value, found.level, found.contradicted) == (
        "google",
        level,
        contradicted,
    )
    assert facts["client.kind"].contradicted is contradicted


def a_list(*prefixes: str, is_whole: bool = True) -> PublishedRanges:
    return PublishedRanges(
        [
            RangeList(
                "openai-gptbot",
                "openai",
                frozenset(["gptbot"]),
                START_US,
                "https://openai.com/gptbot.json",
                is_whole,
                prefixes,
            )
        ]
    )


def test_an_address_inside_the_published_ranges_verifies() -> None:
    facts = Scene(ranges=a_list("20.1.2.0/24")).facts(a_visit(GPTBOT_UA))

    assert facts.level("client.operator") is Level.VERIFIED
    assert not facts["client.operator"].contradicted


def test_an_address_outside_them_is_a_flag_beside_the_level() -> None:
    facts = Scene(ranges=a_list("20.1.3.0/24")).facts(a_visit(GPTBOT_UA))

    assert facts.level("client.operator") is Level.CLAIMED
    assert facts["client.operator"].contradicted


def test_a_proof_outweighs_a_list() -> None:
    own = KnownAgents([replace(GPTBOT, signature_agents=("openai.example",))])
    looked_up = Corroboration(
        Judge(verified()), NameServer(), lambda: a_list("20.1.3.0/24"), HandClock()
    )

    facts = looked_up(a_visit(GPTBOT_UA, signed=True), own)

    assert facts.level("client.operator") is Level.VERIFIED
    assert not facts["client.operator"].contradicted
    words = {piece.signal: piece.word for piece in facts.evidence}
    assert words == {
        "user-agent": Word.CLAIMS,
        "web-bot-auth": Word.PROVES,
        "address-range": Word.DENIES,
    }


def test_alike_claims_share_one_object() -> None:
    scene = Scene(ranges=a_list("20.1.2.0/24"))
    looked_up = Corroboration(
        scene.judge, scene.names, lambda: scene.ranges, HandClock()
    )

    found = [
        looked_up(a_visit(GPTBOT_UA, address=f"20.1.2.{n}"), AGENTS) for n in (1, 2)
    ]

    assert found[0] is found[1]
