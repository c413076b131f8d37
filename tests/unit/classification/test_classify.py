"""gateway.classification.classify: what is known, how well, and from where."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.classification.behaviour import Behaviour, Rate, Share
from gateway.classification.classify import classify, party, stranger
from gateway.classification.facts import ENTITIES, FACTS, KINDS, Facts
from gateway.classification.given import Given
from gateway.classification.requester import is_sayable
from gateway.identity.principal import ANONYMOUS, CredentialFault, Refused
from gateway.kernel.evidence import Level
from gateway.kernel.use import Commercial, Use
from tests.unit.classification.builders import (
    CATALOGUE,
    CHROME,
    a_principal,
    a_request,
)

VERIFIED = Level.VERIFIED
CLAIMED = Level.CLAIMED
header = st.text(max_size=300)


def of_stranger(user_agent: str = "", **headers: str) -> Facts:
    asked = a_request(
        user_agent, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )
    return classify(asked, ANONYMOUS, CATALOGUE)


def test_a_browser_is_a_reader_of_whom_nothing_else_is_known() -> None:
    facts = of_stranger(CHROME)

    assert facts.word("client.kind") == "browser"
    assert facts.level("client.kind") is CLAIMED
    assert facts.word("use.class") == "read"
    assert facts.word("credential.ours") == "no"
    assert facts.word("party.entity") == "unknown"
    assert facts.word("use.commercial") == "unknown"


def test_a_self_declared_crawler_is_claimed_and_never_more() -> None:
    facts = of_stranger("Mozilla/5.0 (compatible; GPTBot/1.2)")

    assert facts.word("client.kind") == "ai-crawler"
    assert facts.word("client.operator") == "openai"
    assert facts.word("client.agent") == "gptbot"
    assert facts.word("use.class") == "train"
    assert facts.word("use.commercial") == "direct"
    names = ("client.kind", "client.operator", "use.class", "use.commercial")
    assert {facts.level(name) for name in names} == {CLAIMED}


def test_a_fetcher_acts_for_one_person() -> None:
    assert of_stranger("ChatGPT-User/1.0")["client.acts_for_person"].value is True
    assert of_stranger("GPTBot/1.0")["client.acts_for_person"].value is False


def test_a_reading_aid_is_accessibility_whoever_runs_it() -> None:
    assert of_stranger("Google-Read-Aloud").word("use.class") == "accessibility"
    assert of_stranger(f"{CHROME} ReadSpeaker/1").word("use.class") == "accessibility"


@pytest.mark.parametrize("user_agent", ["", "   ", "\x00\x01\t", "?", "x" * 1_000_000])
def test_nothing_said_is_unknown_and_reads(user_agent: str) -> None:
    facts = of_stranger(user_agent)

    assert facts.word("client.kind") == "unknown"
    assert facts.level("client.kind") is Level.UNKNOWN
    assert facts.word("use.class") == "read"


def test_git_is_git_also_through_a_library() -> None:
    assert of_stranger("python-requests/2", Git_Protocol="version=2").word(
        "client.kind"
    ) == ("git")
    assert of_stranger("python-requests/2").word("client.kind") == "http-library"


def test_a_crawler_does_not_become_git_by_a_header() -> None:
    facts = of_stranger("GPTBot/1.0", Git_Protocol="version=2")

    assert facts.word("client.kind") == "ai-crawler"


def test_a_browser_does_not_become_fediverse_by_a_header() -> None:
    accept = "application/activity+json"

    assert of_stranger(CHROME, Accept=accept).word("client.kind") == "browser"
    assert of_stranger("x/1", Accept=accept).word("client.kind") == "fediverse"


def test_hints_that_deny_the_browser_are_a_flag_beside_the_level() -> None:
    facts = of_stranger(CHROME, Sec_CH_UA='"HeadlessChrome";v="131"')

    assert facts.word("client.kind") == "browser"
    assert facts["client.kind"].contradicted
    assert not of_stranger(CHROME)["client.kind"].contradicted


@given(user_agent=header, accept=header, hints=header, protocol=header, query=header)
def test_any_header_has_an_answer_in_the_vocabulary(
    user_agent: str, accept: str, hints: str, protocol: str, query: str
) -> None:
    headers = {"Accept": accept, "Sec-CH-UA": hints, "Git-Protocol": protocol}
    asked = a_request(user_agent, query=query, path="/info/refs", headers=headers)

    facts = classify(asked, ANONYMOUS, CATALOGUE)

    assert facts.word("client.kind") in KINDS
    for name, fact in facts.items():
        assert is_sayable(name, fact.value)


@given(user_agent=header, accept=header)
def test_a_silent_party_is_never_a_company_nor_proven_anything(
    user_agent: str, accept: str
) -> None:
    facts = of_stranger(user_agent, Accept=accept)

    assert facts.word("party.entity") == "unknown"
    assert not [name for name in facts if name.startswith("party.")]
    assert facts.level("client.kind") <= CLAIMED
    assert facts.level("client.operator") <= CLAIMED
    assert facts.level("use.commercial") <= CLAIMED


@given(st.text(max_size=80))
def test_the_same_request_gives_the_same_facts(user_agent: str) -> None:
    assert of_stranger(user_agent) == of_stranger(user_agent)


def test_a_valid_key_proves_who_never_what() -> None:
    someone = a_principal(entity=("university", CLAIMED), staff=(40, VERIFIED))

    facts = classify(a_request(CHROME), someone, CATALOGUE)

    assert facts["credential.ours"].value is True
    assert facts.level("party.id") is VERIFIED
    assert facts.word("party.entity") == "university"
    assert facts.level("party.entity") is CLAIMED
    assert facts["party.size.staff"].value == 40
    assert facts.level("party.size.staff") is VERIFIED
    assert facts.word("client.kind") == "browser"


@given(st.sampled_from(sorted(ENTITIES)), st.sampled_from(list(Level)))
def test_an_attribute_keeps_its_level(entity: str, level: Level) -> None:
    facts = classify(a_request(), a_principal(entity=(entity, level)), CATALOGUE)

    assert facts.word("party.entity") == entity
    assert facts.level("party.entity") is level


def test_an_attribute_outside_the_vocabulary_is_no_fact() -> None:
    odd = a_principal(
        entity=("universty", VERIFIED),
        staff=("many", VERIFIED),
        mau=(True, VERIFIED),
        email=("a@example.org", VERIFIED),
    )

    facts = classify(a_request(), odd, CATALOGUE)

    assert {name for name in facts if name.startswith("party.")} == {"party.id"}


@pytest.mark.parametrize("level", [Level.VERIFIED, Level.VOUCHED])
def test_a_proven_operator_proves_its_own_crawler(level: Level) -> None:
    openai = a_principal(operator=("openai", level))

    facts = classify(a_request("GPTBot/1.0"), openai, CATALOGUE)

    assert facts.level("client.operator") is VERIFIED
    assert facts.level("client.kind") is VERIFIED


def test_a_claimed_operator_proves_nothing() -> None:
    someone = a_principal(operator=("openai", CLAIMED))

    facts = classify(a_request("GPTBot/1.0"), someone, CATALOGUE)

    assert facts.level("client.operator") is CLAIMED
    assert facts.level("client.kind") is CLAIMED


def test_a_proven_operator_under_another_name_is_a_contradiction() -> None:
    openai = a_principal(operator=("openai", VERIFIED))

    facts = classify(a_request("Googlebot/2.1"), openai, CATALOGUE)

    assert facts.word("client.operator") == "google"
    assert facts.level("client.operator") is CLAIMED
    assert facts["client.operator"].contradicted


def test_a_proven_operator_shows_through_a_library() -> None:
    openai = a_principal(operator=("openai", VERIFIED))

    facts = classify(a_request("python-requests/2"), openai, CATALOGUE)

    assert facts.word("client.kind") == "http-library"
    assert facts.word("client.operator") == "openai"
    assert facts.level("client.operator") is VERIFIED


def test_a_credential_that_fails_is_not_nobody() -> None:
    refused = Refused(CredentialFault.KEY_REVOKED, "revoked")

    facts = classify(a_request(), refused, CATALOGUE)

    assert facts["credential.ours"].value is True
    assert facts["credential.ours"].contradicted
    assert facts.word("credential.fault") == "key-revoked"


def test_the_use_is_the_agreements() -> None:
    facts = classify(
        a_request("GPTBot/1.0"),
        a_principal(),
        CATALOGUE,
        agreement_in_force=True,
        agreement_uses=frozenset({Use.RESEARCH}),
        agreement_commercial=Commercial.NO,
        tariff_version=3,
    )

    assert facts.word("use.class") == "research"
    assert facts.level("use.class") is VERIFIED
    assert facts.word("use.commercial") == "no"
    assert facts["agreement.in_force"].value is True
    assert facts["agreement.tariff_version"].value == 3


def test_of_several_agreed_uses_the_stated_one_counts_else_the_widest() -> None:
    def agreed(user_agent: str) -> str:
        return classify(
            a_request(user_agent),
            a_principal(),
            CATALOGUE,
            agreement_in_force=True,
            agreement_uses=frozenset({Use.READ, Use.SEARCH, Use.TRAIN}),
        ).word("use.class")

    assert agreed("Googlebot/2.1") == "search"
    assert agreed(CHROME) == "train"


def test_without_an_agreement_its_words_count_for_nothing() -> None:
    facts = classify(
        a_request(CHROME),
        a_principal(),
        CATALOGUE,
        agreement_uses=frozenset({Use.TRAIN}),
        agreement_commercial=Commercial.DIRECT,
        tariff_version=3,
    )

    assert facts.word("use.class") == "read"
    assert facts.word("use.commercial") == "unknown"
    assert facts["agreement.in_force"].value is False
    assert "agreement.tariff_version" not in facts


def test_share_standing_and_offset_belong_to_a_party() -> None:
    def facts_of(someone: object) -> Facts:
        return classify(
            a_request(),
            someone,  # type: ignore[arg-type]  # both kinds in turn
            CATALOGUE,
            given=Given(4, has_offset=True, share=Share(permille=210, takers=12)),
        )

    known, stranger = facts_of(a_principal()), facts_of(ANONYMOUS)

    assert known["party.share.permille"].value == 210
    assert known["party.share.takers"].value == 12
    assert known["party.standing"].value == 4
    assert known["party.offset"].value is True
    assert not [name for name in stranger if name.startswith("party.")]


def test_an_observed_rate_is_a_fact_and_none_is_unknown() -> None:
    seen = Behaviour(Rate.MACHINE)

    fast = classify(a_request(CHROME), ANONYMOUS, CATALOGUE, behaviour=seen)

    assert fast.word("client.behaviour.rate") == "machine"
    assert of_stranger(CHROME).word("client.behaviour.rate") == "unknown"


def test_every_fact_it_can_say_is_in_the_vocabulary() -> None:
    facts = classify(
        a_request("GPTBot/1.0"),
        a_principal(entity=("company", VERIFIED), operator=("openai", VERIFIED)),
        CATALOGUE,
        agreement_in_force=True,
        tariff_version=1,
        given=Given(0, True, frozenset({"agr_1"}), Share(1, 1), notice_days=31),
        agreement_id="agr_1",
        behaviour=Behaviour(Rate.HUMAN),
    )

    assert set(facts) <= set(FACTS)


said = st.sampled_from(
    [
        "",
        CHROME,
        "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
        "Mozilla/5.0 (compatible; GPTBot/1.2)",
        "Googlebot/2.1 Miniflux",
        "python-requests/2",
        "git/2.45",
        "some feed reader rss",
        "x" * 600,
        "a-bot/1 (+https://x.example)",
        "NVDA Mozilla/5.0 (Windows NT 10.0) Gecko",
    ]
)
fields = st.fixed_dictionaries(
    {},
    optional={
        "Git-Protocol": st.just("version=2"),
        "Accept": st.sampled_from(
            ["*/*", "application/activity+json", 'x; profile="ns/activitystreams"']
        ),
        "Sec-Ch-Ua": st.sampled_from(
            [
                '"Chromium";v="131"',
                '"Chromium";v="99"',
                '"HeadlessChrome";v="131"',
                "z" * 600,
            ]
        ),
        "Cookie": st.just("a=b"),
    },
)
addresses = st.sampled_from(
    [("/", ""), ("/a.git/info/refs", "service=git-upload-pack")]
)
signed = st.tuples(
    st.booleans(),
    st.frozensets(st.sampled_from(list(Use)), max_size=2),
    st.sampled_from([None, *Commercial]),
    st.sampled_from([None, 1, 2]),
)
ADA = a_principal(entity=("company", Level.VOUCHED), staff=(3, Level.CLAIMED))
BEN = a_principal(entity=("nonprofit", Level.VERIFIED))


@given(st.lists(st.tuples(said, fields, addresses), min_size=1, max_size=8))
def test_what_is_remembered_of_strangers_is_what_would_be_said_anew(
    asking: list[tuple[str, dict[str, str], tuple[str, str]]],
) -> None:
    for user_agent, headers, (path, query) in asking * 2:
        asked = a_request(user_agent, path=path, query=query, headers=headers)
        facts = stranger(asked, CATALOGUE)
        assert dict(facts) == dict(classify(asked, ANONYMOUS, CATALOGUE))
        assert stranger(asked, CATALOGUE) is facts


@given(
    st.lists(
        st.tuples(said, fields, addresses, signed, st.sampled_from([ADA, BEN])),
        min_size=1,
        max_size=8,
    )
)
def test_what_is_remembered_of_a_party_is_what_would_be_said_anew(
    asking: list[Any],
) -> None:
    for user_agent, headers, (path, query), agreed, who in asking * 2:
        asked = a_request(user_agent, path=path, query=query, headers=headers)
        in_force, uses, commercial, version = agreed
        agreement: dict[str, Any] = {
            "agreement_in_force": in_force,
            "agreement_uses": uses,
            "agreement_commercial": commercial,
            "tariff_version": version,
        }
        facts = party(asked, who, CATALOGUE, **agreement)
        assert dict(facts) == dict(classify(asked, who, CATALOGUE, **agreement))
        assert party(asked, who, CATALOGUE, **agreement) is facts


def test_a_million_user_agents_of_one_kind_are_one_object_of_facts() -> None:
    many = {
        id(stranger(a_request(f"Mozilla/5.0 (X11; Linux) Gecko/{number}"), CATALOGUE))
        for number in range(100)
    }

    assert len(many) == 1
