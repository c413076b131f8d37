"""Where peppers come from: a file of mode 0600, or a text that settings hand in.

The file holds one pepper per line, the current one first. To replace a pepper,
put a new line on top: keys hashed with the older ones are still recognised, and
`copyfair key list` says which pepper each key depends on.
"""

from __future__ import annotations

from pathlib import Path

from gateway.credentials.private_file import read_private, write_private
from gateway.identity.pepper import Pepper, Peppers
from gateway.identity.ports import Chance
from gateway.identity.secret import Secret
from gateway.kernel.errors import InvalidValue, Misconfigured

PEPPER_LIMIT = 1 << 256


def load_peppers(path: Path) -> Peppers:
    """The peppers in a file.

    Raises:
        Misconfigured: the file is missing, others may read it, or it holds no
            pepper.
    """
    text = read_private(path).decode(errors="replace")
    return peppers_from(Secret(text), place=str(path))


def peppers_from(text: Secret, *, place: str) -> Peppers:
    """The peppers in a text, one per line.

    Args:
        text: As it stood in a file or in the environment.
        place: Its name, for messages.

    Raises:
        Misconfigured: there is none, or one is too short.
    """
    lines = [line.strip() for line in text.reveal().splitlines() if line.strip()]
    try:
        peppers = [Pepper.of(Secret(line)) for line in lines]
    except InvalidValue as fault:
        detail = f"{place}: {fault.detail}"
        raise Misconfigured(detail) from fault
    if not peppers:
        detail = f"{place} holds no pepper; `copyfair init` makes one"
        raise Misconfigured(detail)
    return Peppers(peppers[0], tuple(peppers[1:]))


def make_pepper(path: Path, *, chance: Chance) -> Peppers:
    """Write a new pepper to a new file.

    Raises:
        Conflict: the file exists; without its pepper every key would be lost.
        Misconfigured: it cannot be written.
    """
    text = f"{chance(PEPPER_LIMIT):064x}"
    write_private(path, text.encode() + b"\n")
    return Peppers(Pepper.of(Secret(text)))
