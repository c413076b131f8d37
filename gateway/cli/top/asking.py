"""Asking a running gateway on its admin listener."""

from __future__ import annotations

import json
from http.client import HTTPConnection, HTTPException
from typing import Any

from gateway.kernel.errors import Unavailable
from gateway.settings import Address

WITHIN_S = 5
ANSWER_BYTES_MAX = 4 * 1024 * 1024
SCHEMA = "copyfair/top/1"
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104


def asked(admin: Address) -> dict[str, Any]:
    """Who takes now, as `/api/v1/top` says it.

    Raises:
        Unavailable: no gateway answers there.
    """
    host = EVERYWHERE.get(admin.host, admin.host)
    connection = HTTPConnection(host, admin.port, timeout=WITHIN_S)
    try:
        connection.request("GET", "/api/v1/top")
        answer = connection.getresponse()
        body = answer.read(ANSWER_BYTES_MAX)
    except (OSError, HTTPException) as error:
        why = getattr(error, "strerror", None) or str(error) or "no answer in time"
        detail = (
            f"no gateway answers at {admin} ({why}); is `copyfair serve` running? "
            "If it listens elsewhere, say where: --admin-listen HOST:PORT"
        )
        raise Unavailable(detail) from None
    finally:
        connection.close()
    try:
        said = json.loads(body)
    except ValueError:
        said = None
    if not isinstance(said, dict) or said.get("schema") != SCHEMA:
        detail = (
            f"what answers at {admin} is no admin listener of this version; "
            "say where that is: --admin-listen HOST:PORT"
        )
        raise Unavailable(detail)
    return said
