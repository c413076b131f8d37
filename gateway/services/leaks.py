"""Keys of ours in addresses: they must go no further, for addresses are kept."""

from __future__ import annotations

from collections.abc import Callable

from gateway.kernel.errors import InvalidValue

LeakedKey = Callable[[str], str | None]
"""From a raw address to the fingerprint of a key of ours in it, or None.

There is none where neither the beginning of a key stands nor anything escaped."""


def nothing_leaked(target: str) -> None:
    """Keys in addresses are not looked for."""
    return


def refuse_key_in(target: str, leaked_key: LeakedKey) -> None:
    """Let no key go on in an address.

    Raises:
        InvalidValue: there is one; it is named by its last letters.
    """
    if (leaked := leaked_key(target)) is not None:
        detail = (
            f"the address holds the key {leaked}; addresses are written down in many "
            "places, so replace it, and send the new one in Authorization"
        )
        raise InvalidValue(detail)
