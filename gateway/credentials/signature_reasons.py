"""Why a signature is what it is: each reason in one sentence. Public: add only."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

DETAILS: Mapping[str, str] = MappingProxyType(
    {
        "verified": "The signature holds, and its key is where the signer says.",
        "not-signed": "The request carries no signature with the tag web-bot-auth.",
        # The signer's doing.
        "signature-input-unreadable": "Signature-Input is not what RFC 9421 writes.",
        "signature-value-unreadable": "Signature has no bytes under that label.",
        "missing-fields": "created, expires and keyid are all needed.",
        "duplicate-component": "One component is covered twice.",
        "target-not-covered": "Neither @authority nor @target-uri is covered, so it "
        "would hold anywhere.",
        "clock-ahead": "It was made in the future; set the signer's clock.",
        "expired": "It has expired, or is more than a day old; sign again.",
        "test-key": "It was made with a key that RFC 9421 prints for everybody.",
        "algorithm-forbidden": "A shared secret proves nothing to a third party.",
        "algorithm-mismatch": "Its algorithm is not that of its key.",
        "missing-component": "It covers something the request does not carry.",
        "bad-signature": "It does not fit the request and the key.",
        "content-digest-mismatch": "Content-Digest does not fit the body.",
        "key-out-of-date": "Its key is not in force now.",
        "replayed": "Its nonce was used before; sign each request anew.",
        "signature-agent-unparsable": "Signature-Agent is not one https address.",
        "signature-agent-not-https": "Signature-Agent is not an https address.",
        "signature-agent-not-covered": "Signature-Agent is not covered, so anybody "
        "could have put it there.",
        "signature-agent-ambiguous-member": "Signature-Agent has several members; "
        "cover one by its key.",
        "signature-agent-member-missing": "Signature-Agent lacks the covered member.",
        # Not the signer's doing.
        "signature-agent-absent": "No Signature-Agent says where its keys are.",
        "signature-agent-not-origin": "Signature-Agent is an origin in that draft.",
        "signature-agent-type-unknown": "Its type of Signature-Agent is unknown here.",
        "component-unknown": "It covers something that is not read here.",
        "algorithm-unknown": "Its algorithm is not known here, or not stated.",
        "key-unknown": "The key is not among those at that address.",
        "directory-pending": "The keys are being fetched; the next request will know.",
        "directory-unreachable": "The keys cannot be fetched now.",
        "directory-unreadable": "What lies at that address is no key directory.",
        "address-refused": "The keys lie at an address that is not public.",
        "fetches-exhausted": "Too many directories are asked for; later again.",
        "nonces-full": "This key used so many nonces that no more can be told apart.",
    }
)


class Unsound(Exception):
    """A signature that is not verified, with the reason.

    Attributes:
        reason: A key of `DETAILS`.
        is_fault: The signer's doing: `invalid`; else `unverified`.
    """

    def __init__(self, reason: str, *, is_fault: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_fault = is_fault
