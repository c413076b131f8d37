"""Signatures of outgoing webhooks, by the Standard Webhooks convention.

`webhook-signature` is `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`;
the secret is shown as `whsec_` and base64 of its bytes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from gateway.identity.pepper import Pepper
from gateway.identity.secret import Secret

PREFIX = "whsec_"


def derived_secret(pepper: Pepper, webhook_id: str) -> Secret:
    """A webhook's secret: of a pepper and its id, so that no store holds it."""
    context = b"copyfair webhook\0" + webhook_id.encode()
    key = hmac.digest(pepper.secret.reveal().encode(), context, hashlib.sha256)
    return Secret(PREFIX + base64.b64encode(key).decode())


def signature_fields(
    secret: Secret, message_id: str, body: bytes, *, at_s: int
) -> tuple[tuple[str, str], ...]:
    """`webhook-id`, `webhook-timestamp` and `webhook-signature` of a message.

    Args:
        secret: `whsec_…`.
        message_id: The same at every try.
        body: The bytes that are sent.
        at_s: When it is sent, seconds since the epoch.
    """
    key = base64.b64decode(secret.reveal().removeprefix(PREFIX))
    signed = f"{message_id}.{at_s}.".encode() + body
    signature = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    return (
        ("webhook-id", message_id),
        ("webhook-timestamp", str(at_s)),
        ("webhook-signature", f"v1,{signature}"),
    )
