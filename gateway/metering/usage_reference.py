"""A usage reference: what a decision to meter leaves in the front server's log.

Where a front server delivers, the log line is what proves that something passed. It
carries who took it and under which terms as one sealed text, so that nobody who can
write a line can invent a taker, and no store has to remember decisions.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields

from gateway.kernel.errors import InvalidValue

VERSION = "u1"
DIGEST_BYTES = 16
PURPOSE = b"copyfair usage reference\0"


@dataclass(frozen=True, slots=True)
class UsageReference:
    """Everything about a metered request that its log line cannot know.

    Attributes:
        request_id: Ours, given when it was decided.
        front_id: The front server's id of the request that asked; a line with another
            id was let through by the same decision, from a cache.
        agreement_id: Under which agreement; the rest as in `UsageEvent`.
    """

    request_id: str
    front_id: str
    agreement_id: str
    party_id: str
    key_id: str
    collection: str
    tariff: str
    tariff_version: int
    use: str
    priced_at_zero: bool
    floor_bracket: int
    is_test: bool
    is_statement: bool
    policy_version: str
    occurred_us: int


NAMES = tuple(field.name for field in fields(UsageReference))
ENCODE = json.JSONEncoder(separators=(",", ":")).encode


class Seal:
    """Seals references and opens them.

    Args:
        secrets: The newest first; the others still open what they sealed.
    """

    def __init__(self, secrets: Sequence[bytes]) -> None:
        self._keys = [hmac.digest(secret, PURPOSE, "sha256") for secret in secrets]

    def sealed(self, reference: UsageReference) -> str:
        """The text of a reference: letters, digits, `-`, `_` and `.`."""
        values = [getattr(reference, name) for name in NAMES]
        said = ENCODE(values).encode()
        body = f"{VERSION}.{_text(said)}"
        return f"{body}.{_text(_digest(self._keys[0], body))}"

    def opened(self, text: str) -> UsageReference:
        """The reference in a text.

        Raises:
            InvalidValue: it is not one that we sealed.
        """
        body, _, digest = text.rpartition(".")
        if not text.isascii() or not any(
            hmac.compare_digest(_text(_digest(key, body)), digest) for key in self._keys
        ):
            raise InvalidValue("this is no usage reference that we sealed")
        version, _, said = body.partition(".")
        try:
            values = json.loads(_bytes(said)) if version == VERSION else ()
        except (ValueError, binascii.Error):
            values = ()
        if not isinstance(values, list) or len(values) != len(NAMES):
            raise InvalidValue("this usage reference is of another version")
        return UsageReference(*values)


def _digest(key: bytes, body: str) -> bytes:
    return hmac.digest(key, body.encode(), "sha256")[:DIGEST_BYTES]


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
