"""A JSON body as somebody sent it: read whole, or refused with what is wrong."""

from __future__ import annotations

import json
from typing import Any

from gateway.kernel.errors import InvalidValue


def json_said(body: bytes) -> Any:
    """What a body says.

    Args:
        body: As it was sent; its length is the door's to bound.

    Raises:
        InvalidValue: it is no JSON in UTF-8, is nested too deep, or spells half of a
            surrogate pair, which no store and no letter can hold.
    """
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidValue("the body is not JSON in UTF-8") from None
    try:
        json.dumps(said, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        detail = "the body spells half of a surrogate pair (\\ud800)"
        raise InvalidValue(detail) from None
    return said
