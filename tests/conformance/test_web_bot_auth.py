"""Web Bot Auth vectors, replayed: each holds, and ceases to when anything is changed.

From `../shared/data/conformance/web-bot-auth`; the repository holds none of them.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.classification.testimony import Outcome, Verdict
from gateway.credentials.agent_cards import card_in, registry_entries
from gateway.credentials.signature_agent import EVERY, Profile, entries_of
from gateway.credentials.signed_request import checked
from gateway.credentials.web_keys import thumbprint_of
from gateway.kernel.errors import InvalidValue

DATA = Path(__file__).parents[3] / "shared" / "data" / "conformance" / "web-bot-auth"
SECONDS = 1_000

pytestmark = pytest.mark.skipif(
    not DATA.exists(), reason="../shared/data/conformance is not on this machine"
)


def vectors(name: str) -> list[Any]:
    file = DATA / f"{name}.json"
    return list(json.loads(file.read_text("utf-8"))) if file.exists() else []


SIGNED = [
    *vectors("web_bot_auth_architecture_v1"),
    *vectors("web_bot_auth_architecture_v2"),
]


def judged(
    vector: Any, *, at_s: int = 0, profiles: frozenset[Profile] = EVERY, **changed: Any
) -> Verdict:
    now_s = at_s or vector["created_ms"] // SECONDS + 1
    directory = changed.pop("directory", {"keys": [vector["key"]]})
    return checked({**vector, **changed}, directory, now_s=now_s, profiles=profiles)


def test_there_are_vectors() -> None:
    assert len(SIGNED) == 8


@pytest.mark.parametrize("vector", SIGNED)
def test_a_signature_of_the_vectors_holds(vector: Any) -> None:
    found = judged(vector)

    assert (found.outcome, found.reason) == (Outcome.VERIFIED, "verified")


@pytest.mark.parametrize("vector", SIGNED)
def test_it_has_expired_at_its_end(vector: Any) -> None:
    found = judged(vector, at_s=vector["expires_ms"] // SECONDS)

    assert (found.outcome, found.reason) == (Outcome.INVALID, "expired")


@pytest.mark.parametrize("vector", SIGNED)
def test_it_does_not_hold_before_it_was_made(vector: Any) -> None:
    found = judged(vector, at_s=vector["created_ms"] // SECONDS - 61)

    assert (found.outcome, found.reason) == (Outcome.INVALID, "clock-ahead")


@pytest.mark.parametrize("vector", SIGNED)
def test_it_does_not_hold_for_another_host(vector: Any) -> None:
    found = judged(vector, target_url="https://other.example/path/to/resource")

    assert (found.outcome, found.reason) == (Outcome.INVALID, "bad-signature")


@pytest.mark.parametrize("vector", SIGNED)
def test_another_algorithm_is_not_its_keys(vector: Any) -> None:
    told = vector["signature_input"]
    other = "ecdsa-p256-sha256"
    swapped = told.replace("rsa-pss-sha512", other).replace("ed25519", other)

    found = judged(vector, signature_input=swapped)

    assert (found.outcome, found.reason) == (Outcome.INVALID, "algorithm-mismatch")


@pytest.mark.parametrize("vector", SIGNED)
def test_a_directory_without_its_key_leaves_it_unverified(vector: Any) -> None:
    other = next(one for one in SIGNED if one["key"]["kty"] != vector["key"]["kty"])

    found = judged(vector, directory={"keys": [other["key"]]})

    assert (found.outcome, found.reason) == (Outcome.UNVERIFIED, "key-unknown")


@pytest.mark.parametrize("vector", [v for v in SIGNED if "signature_agent" in v])
def test_the_key_of_a_foreign_directory_does_not_count(vector: Any) -> None:
    foreign = {"url": "https://foreign.example/keys", "keys": [vector["key"]]}

    found = judged(vector, directory=foreign)

    assert (found.outcome, found.reason) == (
        Outcome.UNVERIFIED,
        "directory-unreachable",
    )


@pytest.mark.parametrize("vector", [v for v in SIGNED if "signature_agent" not in v])
def test_newer_drafts_ask_where_the_keys_are(vector: Any) -> None:
    found = judged(vector, profiles=frozenset((Profile.TYPED, Profile.DIRECT)))

    assert (found.outcome, found.reason) == (
        Outcome.UNVERIFIED,
        "signature-agent-absent",
    )


@pytest.mark.parametrize("vector", vectors("vectors"), ids=lambda one: one["name"])
def test_a_thumbprint_is_computed(vector: Any) -> None:
    assert thumbprint_of(json.loads(vector["jwk"])) == vector["thumbprint"]


@pytest.mark.parametrize(
    "vector",
    vectors("web_bot_auth_signature_agent_v1"),
    ids=lambda one: one["name"],
)
def test_a_typed_signature_agent_is_read(vector: Any) -> None:
    found = [
        {"label": label, "uri": uri, "type": shape.value}
        for label, uri, shape in entries_of(vector["header"])
    ]

    assert found == vector["entries"]


@pytest.mark.parametrize(
    "vector",
    vectors("web_bot_auth_signature_agent_card_v1"),
    ids=lambda one: one["name"],
)
def test_a_card_is_read_or_refused(vector: Any) -> None:
    if vector["valid"]:
        card = card_in(vector["card"], vector["url"])
        assert card.keys or card.keys_url
    else:
        with pytest.raises(InvalidValue) as caught:
            card_in(vector["card"], vector["url"])
        assert caught.value.detail == vector["error"]


@pytest.mark.parametrize(
    "vector", vectors("web_bot_auth_registry_v1"), ids=lambda one: one["name"]
)
def test_a_registry_lists_cards(vector: Any) -> None:
    found = registry_entries(vector["registry_txt"])

    assert list(found) == vector["signature_agent_cards"]
