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
from functools import lru_cache
from typing import NamedTuple

from gateway.kernel.errors import InvalidValue

VERSION = "u1"
DIGEST_BYTES = 16
PURPOSE = b"copyfair usage reference\0"


class UsageReference(NamedTuple):
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


NAMES = UsageReference._fields
ENCODE = json.JSONEncoder(separators=(",", ":")).encode
TERMS = slice(NAMES.index("agreement_id"), NAMES.index("occurred_us"))
TERMS_MAX = 1_024


class Seal:
    """Seals references and opens them.

    Args:
        secrets: The newest first; the others still open what they sealed.
    """

    def __init__(self, secrets: Sequence[bytes]) -> None:
        keys = [hmac.digest(secret, PURPOSE, "sha256") for secret in secrets]
        # Begun once: to copy what a key has begun costs a fifth of beginning again.
        self._keyed = [hmac.new(key, digestmod="sha256") for key in keys]

    def sealed(self, reference: UsageReference) -> str:
        """The text of a reference: letters, digits, `-`, `_` and `.`."""
        request_id, front_id = reference.request_id, reference.front_id
        said = (
            f"[{ENCODE(request_id)},{ENCODE(front_id)},"
            f"{_written(reference[TERMS])},{reference.occurred_us}]"
        )
        body = f"{VERSION}.{_text(said.encode())}"
        return f"{body}.{_text(_digest(self._keyed[0], body))}"

    def opened(self, text: str) -> UsageReference:
        """The reference in a text.

        Raises:
            InvalidValue: it is not one that we sealed.
        """
        body, _, digest = text.rpartition(".")
        if not text.isascii() or not any(
            hmac.compare_digest(_text(_digest(keyed, body)), digest)
            for keyed in self._keyed
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


@lru_cache(TERMS_MAX)
def _written(terms: tuple[str | int, ...]) -> str:
    """What a taker's requests have in common, as JSON without its brackets."""
    return ENCODE(terms)[1:-1]


def _digest(keyed: hmac.HMAC, body: str) -> bytes:
    digest = keyed.copy()
    digest.update(body.encode())
    return digest.digest()[:DIGEST_BYTES]


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
