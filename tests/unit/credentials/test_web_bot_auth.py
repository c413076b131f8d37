"""credentials.web_bot_auth: three outcomes, and nothing a stranger sends raises."""

from collections.abc import Callable
from dataclasses import replace

import hypothesis.strategies as st
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given

from gateway.classification.testimony import Outcome
from gateway.credentials.nonces import Nonces
from gateway.credentials.signature_agent import Place, Profile
from gateway.credentials.signature_reasons import DETAILS
from gateway.credentials.web_bot_auth import Terms, WebBotAuth
from gateway.credentials.web_keys import WebKey, key_of, keys_in
from gateway.kernel.request import Headers, Request
from tests.unit.credentials.signers import AGENT_URL, NOW_S, Signer

SIGNER = Signer()
AGENT = ('"signature-agent";key="a"', f'"{AGENT_URL}"')
AUTHORITY = ('"@authority"', "archive.example")


def a_directory(
    *signers: Signer,
) -> Callable[[Request, Place | None, str], WebKey | str]:
    keys = {signer.keyid: key_of(signer.jwk) for signer in signers}

    def find(asked: Request, place: Place | None, keyid: str) -> WebKey | str:
        if place is None or place.url != AGENT_URL:
            return "directory-unreachable"
        return keys.get(keyid, "key-unknown")

    return find


def a_judge(terms: Terms | None = None) -> WebBotAuth:
    return WebBotAuth(a_directory(SIGNER), terms or Terms())


def reason(asked: Request, *, now_s: int = NOW_S + 1) -> tuple[Outcome, str]:
    found = a_judge()(asked, now_s=now_s)
    assert found is not None
    return found.outcome, found.reason


def test_a_signature_that_holds_names_whose_it_is() -> None:
    found = a_judge()(SIGNER.request(), now_s=NOW_S + 1)

    assert found is not None
    assert (found.outcome, found.identity) == (Outcome.VERIFIED, AGENT_URL)
    assert found.host == "bot.example"


def test_a_request_without_a_signature_says_nothing() -> None:
    plain = replace(SIGNER.request(), headers=Headers([("User-Agent", "curl/8")]))

    assert a_judge()(plain, now_s=NOW_S) is None


def test_a_signature_for_another_purpose_is_not_ours() -> None:
    assert a_judge()(SIGNER.request(tag="other"), now_s=NOW_S) is None


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"covered": [AGENT]}, "target-not-covered"),
        ({"covered": [AUTHORITY]}, "signature-agent-not-covered"),
        ({"covered": [AUTHORITY, AUTHORITY, AGENT]}, "duplicate-component"),
        (
            {"covered": [AUTHORITY, AGENT, ('"x-not-sent"', "")]},
            "missing-component",
        ),
        ({"agent": 'b="https://bot.example/keys"'}, "signature-agent-member-missing"),
        ({"agent": f'a="{AGENT_URL}#x"'}, "signature-agent-unparsable"),
        ({"agent": 'a="https://x@bot.example/"'}, "signature-agent-unparsable"),
        ({"agent": 'a="http://bot.example/keys"'}, "signature-agent-not-https"),
        ({"agent": "a=1"}, "signature-agent-unparsable"),
        ({"agent": "=,="}, "signature-agent-unparsable"),
        ({"parameters": ';alg="hmac-sha256"'}, "algorithm-forbidden"),
        ({"parameters": ';alg="ecdsa-p256-sha256"'}, "algorithm-mismatch"),
        ({"created_s": NOW_S + 120}, "clock-ahead"),
        ({"expires_s": NOW_S}, "expired"),
        (
            {"created_s": NOW_S - 90_000, "expires_s": NOW_S + 90_000},
            "expired",
        ),
    ],
)
def test_what_the_signer_did_wrong_is_invalid(
    changed: dict[str, object], expected: str
) -> None:
    asked = SIGNER.request(**changed)  # type: ignore[arg-type]

    assert reason(asked) == (Outcome.INVALID, expected)


COVERED = [AUTHORITY, AGENT, ('"x-page"', "a?b")]


def test_a_covered_field_holds_word_for_word() -> None:
    asked = SIGNER.request(covered=COVERED, fields=[("X-Page", " a?b\t")])

    assert reason(asked) == (Outcome.VERIFIED, "verified")


@pytest.mark.parametrize("sent", ["a\u20acb", "a\udcffb", "a\xe9b", "a?b\xa0"])
def test_no_other_letter_stands_for_a_covered_one(sent: str) -> None:
    """What no Latin-1 could hold was once read as a question mark."""
    asked = SIGNER.request(covered=COVERED, fields=[("X-Page", sent)])

    assert reason(asked) == (Outcome.INVALID, "bad-signature")


def test_bytes_beyond_ascii_are_covered_as_they_were_sent() -> None:
    name = "M\xfcnchen"
    covered = [AUTHORITY, AGENT, ('"x-page"', name)]
    asked = SIGNER.request(covered=covered, fields=[("X-Page", name)])

    assert reason(asked) == (Outcome.VERIFIED, "verified")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"parameters": ';alg="ed448"'}, "algorithm-unknown"),
        ({"covered": [AUTHORITY, AGENT, ('"@status"', "200")]}, "component-unknown"),
        ({"agent": f'a="{AGENT_URL}";type=other'}, "signature-agent-type-unknown"),
        ({"agent": 'a="https://foreign.example/keys"'}, "directory-unreachable"),
    ],
)
def test_what_nobody_can_check_is_unverified(
    changed: dict[str, object], expected: str
) -> None:
    asked = SIGNER.request(**changed)  # type: ignore[arg-type]

    assert reason(asked) == (Outcome.UNVERIFIED, expected)


def test_a_key_that_its_directory_lacks_leaves_it_unverified() -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
        Ed25519PrivateKey,
    )

    other = Signer(Ed25519PrivateKey.from_private_bytes(b"o" * 32))

    assert reason(other.request()) == (Outcome.UNVERIFIED, "key-unknown")


def test_it_does_not_hold_for_another_host_or_page() -> None:
    signed = SIGNER.request(covered=[AUTHORITY, ('"@path"', "/a"), AGENT], target="/a")
    elsewhere = replace(signed, authority="other.example")
    another_page = replace(signed, target="/b", path="/b")

    assert reason(signed) == (Outcome.VERIFIED, "verified")
    assert reason(elsewhere) == (Outcome.INVALID, "bad-signature")
    assert reason(another_page) == (Outcome.INVALID, "bad-signature")


def test_a_nonce_counts_once_and_only_when_the_signature_holds() -> None:
    judge = a_judge()
    signed = SIGNER.request(parameters=';nonce="n1"')
    forged = replace(signed, authority="other.example")

    found = [judge(one, now_s=NOW_S + 1) for one in (forged, signed, signed)]

    assert [one.reason for one in found if one] == [
        "bad-signature",
        "verified",
        "replayed",
    ]


def test_the_printed_keys_of_the_standard_prove_nothing() -> None:
    asked = SIGNER.request()
    test_key = "poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U"
    pairs = [
        (name, value.replace(SIGNER.keyid, test_key)) for name, value in asked.headers
    ]

    found = reason(replace(asked, headers=Headers(pairs)))

    assert found == (Outcome.INVALID, "test-key")


@pytest.mark.parametrize(
    ("profile", "agent", "url"),
    [
        (Profile.LEGACY, '"https://bot.example"', "/.well-known/"),
        (Profile.TYPED, 'a="https://bot.example"', "/.well-known/"),
        (Profile.DIRECT, 'a="https://bot.example/"', "https://bot.example/"),
        (Profile.TYPED, f'a="{AGENT_URL}";type=jwks_uri', AGENT_URL),
        (Profile.TYPED, 'a="https://bot.example/card";type=cimd', "/card"),
        (Profile.DIRECT, f'a="{AGENT_URL}"', AGENT_URL),
    ],
)
def test_each_draft_says_where_the_keys_are(
    profile: Profile, agent: str, url: str
) -> None:
    asked: list[str] = []

    def directory(_: Request, place: Place | None, keyid: str) -> str:
        asked.append(place.url if place else "")
        return "key-unknown"

    is_bare = agent.startswith('"')
    covered = ('"signature-agent"', agent) if is_bare else (AGENT[0], AGENT[1])
    judge = WebBotAuth(directory, Terms(frozenset((profile,))))
    judge(SIGNER.request(agent=agent, covered=[AUTHORITY, covered]), now_s=NOW_S)

    assert len(asked) == 1
    assert url in asked[0]


@pytest.mark.parametrize(
    ("profile", "agent"),
    [
        (Profile.DIRECT, f'a="{AGENT_URL}";type=jwks_uri'),
        (Profile.TYPED, 'a="https://bot.example/x"'),
    ],
)
def test_a_form_of_another_draft_is_unverified(profile: Profile, agent: str) -> None:
    judge = WebBotAuth(a_directory(SIGNER), Terms(frozenset((profile,))))

    found = judge(SIGNER.request(agent=agent), now_s=NOW_S)

    assert found is not None
    assert found.outcome is Outcome.UNVERIFIED


def test_a_full_share_stops_its_own_key_alone() -> None:
    nonces = Nonces(per_key_max=2)

    def use(owner: str, nonce: str, now_s: int = 0) -> bool | None:
        return nonces.use(owner, nonce, expires_s=10, now_s=now_s, is_known=False)

    assert [use("a", "1"), use("a", "2"), use("a", "3")] == [True, True, None]
    assert use("b", "1") is True
    assert use("a", "1") is False
    assert use("a", "3", now_s=10) is True


def test_strangers_keys_never_take_a_known_operators_place() -> None:
    nonces = Nonces(keys_max=2)

    def use(owner: str, *, is_known: bool) -> bool | None:
        return nonces.use(owner, "n", expires_s=10, now_s=0, is_known=is_known)

    strangers = [use(f"s{number}", is_known=False) for number in range(4)]

    assert strangers == [True, True, None, None]
    assert use("known", is_known=True) is True
    assert use("known", is_known=True) is False


@given(
    told=st.text(max_size=200),
    signature=st.text(max_size=200),
    agent=st.text(max_size=100),
    is_signed=st.booleans(),
)
def test_whatever_is_sent_is_judged(
    told: str, signature: str, agent: str, *, is_signed: bool
) -> None:
    headers = [
        ("Signature-Input", f'sig=("@authority" {told});tag="web-bot-auth"'),
        ("Signature", signature),
        ("Signature-Agent", agent),
    ]
    pairs = headers if is_signed else headers[1:]
    asked = replace(SIGNER.request(), headers=Headers(pairs))

    found = a_judge()(asked, now_s=NOW_S)

    assert found is None or found.outcome is not Outcome.VERIFIED


@given(
    name=st.sampled_from(
        ["@query-param", "@query", "@path", "@target-uri", "x-field", "cookie"]
    ),
    parameter=st.sampled_from(
        ["", ";bs", ";sf", ";req", ";tr", ';key="k"', ';name="n"']
    ),
    target=st.text(max_size=60),
    field=st.text(max_size=60),
)
def test_whatever_is_covered_is_judged(
    name: str, parameter: str, target: str, field: str
) -> None:
    asked = SIGNER.request(
        covered=[AUTHORITY, AGENT, (f'"{name}"{parameter}', "x")],
        fields=[("X-Field", field), ("X-Field", "a=1")],
    )

    found = a_judge()(replace(asked, target=f"/{target}"), now_s=NOW_S)

    assert found is not None
    assert found.outcome is not Outcome.VERIFIED


@given(st.data())
def test_a_request_with_any_byte_changed_is_not_verified(data: st.DataObject) -> None:
    asked = SIGNER.request()
    place = data.draw(st.integers(0, 2))
    name, value = asked.headers.pairs[place]
    at = data.draw(st.integers(0, len(value) - 1))
    letter = data.draw(st.characters(min_codepoint=32, max_codepoint=126))
    changed = value[:at] + letter + value[at + 1 :]
    pairs = [*asked.headers.pairs]
    pairs[place] = (name, changed)

    found = a_judge()(replace(asked, headers=Headers(pairs)), now_s=NOW_S)

    if changed != value and found is not None and found.outcome is Outcome.VERIFIED:
        # Only what the standard reads as the same: the last bits of base64, a label
        # of the field that no signature covers.
        assert name == "Signature" or changed.strip() == value
    assert found is None or found.reason in DETAILS


@pytest.mark.parametrize("member", ["nbf", "exp"])
def test_a_key_of_no_time_is_left_out_and_its_neighbour_counts(member: str) -> None:
    ours, other = Signer(), Signer(Ed25519PrivateKey.from_private_bytes(b"o" * 32))
    endless = {**other.jwk, member: 10**400}
    assert set(keys_in({"keys": [endless, ours.jwk]})) == {ours.keyid}
