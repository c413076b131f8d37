"""Web Bot Auth: does a request carry a signature of who it says it is from?

After RFC 9421 and draft-ietf-webbotauth-httpsig-protocol. Three outcomes are kept
apart: *verified*; *invalid*, which is the signer's doing; *unverified*, which is not:
the directory cannot be had, the key or the algorithm is not known here. Nothing a
stranger sends raises. Everything that costs little is looked at before anything is
fetched, and a nonce counts as used only once its signature held.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gateway.classification.testimony import Outcome, Verdict
from gateway.credentials.nonces import Nonces
from gateway.credentials.signature_agent import (
    EVERY,
    FIELD,
    Place,
    Profile,
    place_of,
)
from gateway.credentials.signature_base import (
    MissingComponent,
    UnknownComponent,
    signature_base,
)
from gateway.credentials.signature_reasons import DETAILS, Unsound
from gateway.credentials.signed_fields import (
    SignatureInput,
    Unreadable,
    dictionary_of,
    field_value,
    signatures_in,
)
from gateway.credentials.web_keys import ALGORITHMS, TEST_KEYS, WebKey
from gateway.kernel.request import Request

TAG = "web-bot-auth"
LEEWAY_S = 60
AGE_MAX_S = 86_400
NONCE_CHARS_MAX = 256
REQUIRED = ("created", "expires", "keyid")
TARGETS = {"@authority", "@target-uri"}
DIGESTS = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}

Keys = Callable[[Request, Place | None, str], "WebKey | str"]
"""From a request, a place (None where no field names one) and a thumbprint to the key,
or to the reason why there is none."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What is asked of a signature.

    Attributes:
        profiles: The drafts that are spoken.
        age_max_s: How long after `created` it counts at most; None for as long as
            it says.
        takes_test_keys: Keys whose private halves RFC 9421 prints are taken too.
        allows_http: Directories over plain HTTP; for tests on one machine.
    """

    profiles: frozenset[Profile] = EVERY
    age_max_s: int | None = AGE_MAX_S
    takes_test_keys: bool = False
    allows_http: bool = False


@dataclass(slots=True)
class WebBotAuth:
    """Judges signatures.

    Attributes:
        keys: Finds a key.
        terms: What is asked of a signature.
        nonces: Those that were used.
        is_known: Does the catalogue know an operator by this host?
    """

    keys: Keys
    terms: Terms = field(default_factory=Terms)
    nonces: Nonces = field(default_factory=Nonces)
    is_known: Callable[[str], bool] = lambda _host: False

    def __call__(
        self, asked: Request, *, now_s: int, body: bytes | None = None
    ) -> Verdict | None:
        """What becomes of the signature of *asked*; None where it has none of ours.

        Of several signatures one that holds decides, else the first.

        Args:
            asked: The request.
            now_s: Now, seconds since 1970 UTC.
            body: Its whole body, where a covered digest of it is to be checked.
        """
        if "signature-input" not in asked.headers:
            if "signature" not in asked.headers or FIELD not in asked.headers:
                return None
            return verdict("signature-input-unreadable")
        try:
            signatures = signatures_in(asked.headers)
        except Unreadable:
            return verdict("signature-input-unreadable")
        first: Verdict | None = None
        for signature in signatures:
            if signature.parameters.get("tag") != TAG:
                continue
            found = self._judged(asked, signature, now_s=now_s, body=body)
            if found.outcome is Outcome.VERIFIED:
                return found
            first = first or found
        return first

    def _judged(
        self, asked: Request, signature: SignatureInput, *, now_s: int, body: Any
    ) -> Verdict:
        keyid = str(signature.parameters.get("keyid", ""))
        try:
            self._check_form(signature, now_s)
            place = self._place(asked, signature)
            base = _base(asked, signature)
            key = self._key(asked, place, now_s=now_s, keyid=keyid)
            _check_signature(signature, key, base)
            _check_digest(asked, signature, body)
            identity = f"keyid:{keyid}" if place is None else place.identity
            return self._fresh(signature, identity, now_s)
        except Unsound as unsound:
            return verdict(unsound.reason, keyid, is_fault=unsound.is_fault)

    def _check_form(self, signature: SignatureInput, now_s: int) -> None:
        """Everything that can be said without a key.

        Raises:
            Unsound: it is not what the drafts ask for.
        """
        told = signature.parameters
        if signature.signature is None:
            raise Unsound("signature-value-unreadable")
        if any(name not in told for name in REQUIRED):
            raise Unsound("missing-fields")
        written = [part.written for part in signature.components]
        if len(set(written)) != len(written):
            raise Unsound("duplicate-component")
        if not TARGETS & {part.name for part in signature.components}:
            raise Unsound("target-not-covered")
        if told["created"] > now_s + LEEWAY_S:
            raise Unsound("clock-ahead")
        age_max_s = self.terms.age_max_s
        is_old = age_max_s is not None and now_s - told["created"] >= age_max_s
        if told["expires"] <= max(now_s, told["created"]) or is_old:
            raise Unsound("expired")
        if told["keyid"] in TEST_KEYS and not self.terms.takes_test_keys:
            raise Unsound("test-key")
        if str(told.get("alg", "")).startswith("hmac"):
            raise Unsound("algorithm-forbidden")
        if len(told.get("nonce", "")) > NONCE_CHARS_MAX:
            raise Unsound("signature-input-unreadable")

    def _place(self, asked: Request, signature: SignatureInput) -> Place | None:
        """Where its keys are; None where it names no place and a draft allows that.

        Raises:
            Unsound: the place it names is none.
        """
        value = field_value(asked.headers, FIELD)
        if value is None and Profile.LEGACY in self.terms.profiles:
            return None
        return place_of(
            value,
            signature.components,
            profiles=self.terms.profiles,
            allows_http=self.terms.allows_http,
        )

    def _key(
        self, asked: Request, place: Place | None, *, now_s: int, keyid: str
    ) -> WebKey:
        key = self.keys(asked, place, keyid)
        if isinstance(key, str):
            raise Unsound(key, is_fault=False)
        if not key.counts_at(now_s):
            raise Unsound("key-out-of-date")
        return key

    def _fresh(self, signature: SignatureInput, identity: str, now_s: int) -> Verdict:
        """It holds; was it used before?"""
        keyid = signature.parameters["keyid"]
        found = Verdict(
            Outcome.VERIFIED, "verified", DETAILS["verified"], identity, keyid
        )
        nonce = signature.parameters.get("nonce")
        if nonce is None:
            return found
        ends_s = signature.parameters["expires"]
        if self.terms.age_max_s is not None:
            latest = signature.parameters["created"] + self.terms.age_max_s
            ends_s = min(ends_s, latest)
        is_fresh = self.nonces.use(
            f"{identity} {keyid}",
            nonce,
            expires_s=ends_s,
            now_s=now_s,
            is_known=self.is_known(found.host),
        )
        if is_fresh is None:
            return verdict("nonces-full", keyid, is_fault=False)
        return found if is_fresh else verdict("replayed", keyid)


def verdict(reason: str, keyid: str = "", *, is_fault: bool = True) -> Verdict:
    """A signature that was not verified, and whose doing that is."""
    outcome = Outcome.INVALID if is_fault else Outcome.UNVERIFIED
    return Verdict(outcome, reason, DETAILS[reason], keyid=keyid)


def _base(asked: Request, signature: SignatureInput) -> bytes:
    try:
        return signature_base(asked, signature)
    except MissingComponent:
        raise Unsound("missing-component") from None
    except (UnknownComponent, UnicodeError):
        raise Unsound("component-unknown", is_fault=False) from None


def _check_signature(signature: SignatureInput, key: WebKey, base: bytes) -> None:
    """One key, one algorithm; a message may repeat which, never choose another."""
    named = signature.parameters.get("alg")
    if named is not None and named not in ALGORITHMS:
        raise Unsound("algorithm-unknown", is_fault=False)
    usable = key.algorithms if named is None else key.algorithms & {named}
    if not usable:
        raise Unsound("algorithm-mismatch")
    if len(usable) > 1:
        raise Unsound("algorithm-unknown", is_fault=False)
    (algorithm,) = usable
    if not key.check(signature.signature or b"", base, algorithm):
        raise Unsound("bad-signature")


def _check_digest(asked: Request, signature: SignatureInput, body: Any) -> None:
    """Does a covered digest fit the body, where the body is at hand?"""
    covers = any(part.name == "content-digest" for part in signature.components)
    if body is None or not covers:
        return
    try:
        digests = dictionary_of(field_value(asked.headers, "content-digest") or "")
    except Unreadable:
        raise Unsound("content-digest-mismatch") from None
    known = [
        (DIGESTS[name], one[0]) for name, one in digests.items() if name in DIGESTS
    ]
    fits = known and all(
        isinstance(told, bytes) and hmac.compare_digest(make(body).digest(), told)
        for make, told in known
    )
    if not fits:
        raise Unsound("content-digest-mismatch")
