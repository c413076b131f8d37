"""The doctor at the door where front servers ask: is it free, and who may come in?"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

from gateway.cli.finding import Found
from gateway.settings import Address, Settings

DOOR, PEERS = "forward_auth.listen", "forward_auth.trusted"
WITHIN_S = 5
HEAD_BYTES = 8_192
QUESTION = b"GET / HTTP/1.1\r\nHost: doctor\r\nConnection: close\r\n\r\n"
# Every answer of ours that is a refusal says so; a question outside /decide/ is one.
OURS = b"\r\ncopyfair-decision:"
WIDEST_BITS = {4: 8, 6: 16}


def decide_door(settings: Settings) -> Iterator[Found]:
    """What is to be said of it; nothing where no front server asks."""
    where = settings.decide_listen
    if where is not None:
        yield _door(where, settings)
    if settings.decide_for:
        yield _peers(settings)


def _door(where: Address | Path, settings: Settings) -> Found:
    if where in {settings.listen, settings.admin_listen}:
        said = f"{where} is another listener's already; give it a port of its own"
        return Found(DOOR, "fault", said)
    fault = _place_fault(where) if isinstance(where, Path) else ""
    if fault:
        return Found(DOOR, "fault", fault)
    try:
        head = _answer(where)
    except OSError as error:
        said = f"{where} is no address here ({error.strerror}); write another"
        return Found(DOOR, "fault", said)
    if head is None:
        return Found(DOOR, "ok", "free")
    if OURS in head.lower():
        return Found(DOOR, "ok", "a gateway answers there")
    said = f"somebody else answers at {where}; stop it, or choose another address"
    return Found(DOOR, "fault", said)


def _place_fault(path: Path) -> str:
    """What keeps a Unix socket from being made; empty for nothing."""
    folder = path.parent
    if not folder.is_dir():
        return f"there is no folder {folder}; make it, for the gateway's user"
    if path.exists() and not path.is_socket():
        return f"{path} is a file; remove it, or name another path"
    if not os.access(folder, os.W_OK):
        return f"{folder} cannot be written by this user; chown or chmod it"
    return ""


def _answer(where: Address | Path) -> bytes | None:
    """What is said there to a question that is none; None where nobody listens.

    Raises:
        OSError: there can be no such place on this machine.
    """
    at: str | tuple[str, int]
    if isinstance(where, Path):
        family, at = socket.AF_UNIX, str(where)
        if not where.exists():
            return None
    else:
        family = socket.AF_INET6 if ":" in where.host else socket.AF_INET
        at = where.host, where.port
    with socket.socket(family) as front:
        front.settimeout(WITHIN_S)
        try:
            front.connect(
                (where.host, where.port) if isinstance(where, Address) else at
            )
        except ConnectionRefusedError:
            return None
        head = b""
        with suppress(OSError):
            front.sendall(QUESTION)
            while len(head) < HEAD_BYTES and (more := front.recv(HEAD_BYTES)):
                head += more
        return head


def _peers(settings: Settings) -> Found:
    """Whoever is trusted is believed about who the reader is."""
    peers, where = settings.decide_for, settings.decide_listen
    wide = [one for one in peers if one.prefixlen < WIDEST_BITS[one.version]]
    if wide:
        said = f"{wide[0]} lets nearly anybody ask and say who they are; name the "
        return Found(PEERS, "fault", f"{said}front servers' own addresses")
    if isinstance(where, Address) and _never_comes(where, settings):
        said = f"only this machine reaches {where}, and no peer is on it; add "
        return Found(PEERS, "fault", f"{said}{where.host}")
    public = [one for one in peers if one.is_global]
    if public:
        said = f"{public[0]} is a public network: whoever sits there is believed; "
        return Found(PEERS, "note", f"{said}keep the way there private")
    return Found(PEERS, "ok", ", ".join(map(str, peers)))


def _never_comes(where: Address, settings: Settings) -> bool:
    try:
        here = ip_address(where.host)
    except ValueError:
        return False
    return here.is_loopback and not any(
        one.version == here.version and one.network_address.is_loopback
        for one in settings.decide_for
    )
