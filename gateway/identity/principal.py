"""The party and key behind one request, or nobody in particular."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.identity.party import Party


class CredentialFault(StrEnum):
    """What is wrong with a credential that is recognisably ours. Public: add only."""

    KEY_MALFORMED = "key-malformed"
    KEY_CHECKSUM = "key-checksum"
    KEY_UNKNOWN = "key-unknown"
    KEY_REVOKED = "key-revoked"
    KEY_EXPIRED = "key-expired"
    TOKEN_MALFORMED = "token-malformed"
    TOKEN_SIGNATURE = "token-signature"
    TOKEN_EXPIRED = "token-expired"
    TOKEN_NOT_YET_VALID = "token-not-yet-valid"
    TOKEN_AUDIENCE = "token-audience"
    TOKEN_KEY_UNKNOWN = "token-key-unknown"
    TOKEN_ISSUER = "token-issuer"
    AMBIGUOUS = "credential-ambiguous"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who stands behind a request.

    Attributes:
        party: The party that holds the key.
        key_id: `key_…`; never the secret.
        is_test: A `cg_test_` key: metered and reported, never invoiced.
        scheme: How it was shown: `license`, `bearer`, `basic`, `x-api-key`.
        fields: Header fields, in lower case, that carried the credential; they
            are ours and do not go to the upstream.
        agreement_id: The agreement a licence token names, or empty.
    """

    party: Party
    key_id: str
    is_test: bool = False
    scheme: str = "license"
    fields: tuple[str, ...] = ()
    agreement_id: str = ""


@dataclass(frozen=True, slots=True)
class Anonymous:
    """Nobody we know; the best-treated lane for reading."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A credential of ours that does not hold.

    Attributes:
        fault: Which fault, machine-readable.
        detail: One sentence a stranger may read: what is wrong and what to do.
        scheme: How the credential was shown.
        fields: Header fields, in lower case, that carried it; they do not go to
            the upstream either.
    """

    fault: CredentialFault
    detail: str
    scheme: str = "license"
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Delayed:
    """A credential of ours that is not looked at now: too many come from there.

    Attributes:
        retry_after_s: Whole seconds after which another try makes sense.
        limit: How many unknown credentials are checked in each window.
        window_s: The window's length, seconds.
        scheme: How the credential was shown.
        fields: Header fields, in lower case, that carried it.
    """

    retry_after_s: int
    limit: int
    window_s: int
    scheme: str = "license"
    fields: tuple[str, ...] = ()


ANONYMOUS = Anonymous()
Identified = Principal | Anonymous | Refused | Delayed
