"""What we tell somebody whose credential does not hold: what, and what to do.

One sentence per fault and nothing of the credential itself. All ways of forging
a signature share one sentence: a forger learns nothing from the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gateway.identity.presented import Presented
from gateway.identity.principal import CredentialFault, Refused

DETAILS: Mapping[CredentialFault, str] = MappingProxyType(
    {
        CredentialFault.KEY_MALFORMED: (
            "your key did not arrive whole: a key begins with cg_live_ or cg_test_ and "
            "goes on for 36 letters and digits; copy it again, or ask the archive's "
            "contact for a new one"
        ),
        CredentialFault.KEY_CHECKSUM: (
            "your key has a typing error somewhere; copy it again from where you keep "
            "it, or ask the archive's contact for a new one"
        ),
        CredentialFault.KEY_UNKNOWN: (
            "the key is spelled correctly and unknown here; check that it was "
            "issued by this archive"
        ),
        CredentialFault.KEY_REVOKED: "the key was revoked; ask for a new one",
        CredentialFault.KEY_EXPIRED: (
            "the key has expired or was replaced; use its replacement or ask for a "
            "new one"
        ),
        CredentialFault.TOKEN_MALFORMED: (
            "your licence token did not arrive whole; copy it again, or ask the "
            "archive's contact for a new one"
        ),
        CredentialFault.TOKEN_SIGNATURE: (
            "your licence token's signature does not hold; ask the archive's contact "
            "for a new one"
        ),
        CredentialFault.TOKEN_EXPIRED: (
            "your licence token has expired; ask the archive's contact for a new one"
        ),
        CredentialFault.TOKEN_NOT_YET_VALID: (
            "the token is not valid yet; check the clock of whoever issued it"
        ),
        CredentialFault.TOKEN_AUDIENCE: (
            "the token was issued for another archive; ask the steward of this one "
            "for a token"
        ),
        CredentialFault.TOKEN_KEY_UNKNOWN: (
            "your licence token was signed with a key that is not in use here; ask "
            "the archive's contact for a new one"
        ),
        CredentialFault.TOKEN_ISSUER: (
            "the token comes from an issuer that is not recognised here; ask the "
            "steward of this archive for a token"
        ),
        CredentialFault.AMBIGUOUS: (
            "the request shows more than one credential of ours; send exactly one"
        ),
    }
)


def refused(fault: CredentialFault, presented: Presented) -> Refused:
    """The refusal of a credential, with the sentence that belongs to its fault."""
    return Refused(fault, DETAILS[fault], presented.scheme, presented.fields)
