"""What a request shows us: a credential that is recognisably ours, unjudged."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.identity.secret import Secret


class Form(StrEnum):
    """What kind of credential it is."""

    KEY = "key"  # starts with `cg_`
    TOKEN = "token"  # a licence token, or whatever stands behind `License`


@dataclass(frozen=True, slots=True)
class Presented:
    """A credential as it was shown.

    Attributes:
        form: A key or a token.
        secret: Its text.
        scheme: How it was shown: `license`, `bearer`, `basic`, `x-api-key`.
        fields: Header fields it was read from, in lower case. They are ours and
            do not go to the upstream.
        is_ambiguous: Different credentials of ours came with one request, or a
            field that may come once came twice; which one is meant is a guess
            that we do not make.
    """

    form: Form
    secret: Secret
    scheme: str
    fields: tuple[str, ...]
    is_ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class LicenceClaims:
    """What a licence token says, once its signature and its dates hold.

    Attributes:
        party_id: `sub`: who it was issued to.
        key_id: Which key it was issued for; revoking that key ends the token.
        agreement_id: Under which agreement, or empty.
        token_id: `jti`.
        issued_us: Microseconds UTC.
        expires_us: Microseconds UTC.
        not_before_us: From when it holds, microseconds UTC.
        signed_by: The id of the signing key.
    """

    party_id: str
    key_id: str
    agreement_id: str
    token_id: str
    issued_us: int
    expires_us: int
    not_before_us: int
    signed_by: str = ""
