"""The sockets a gateway listens on: bound by us, or handed over by a supervisor.

A socket that somebody else holds open (systemd, or our own parent process) loses no
connection while a gateway is restarted: who connects meanwhile waits in its queue.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.kernel.errors import Misconfigured, Unavailable
from gateway.settings import Address, Settings
from gateway.settings.handed_over import ADMIN, DECIDE, PUBLIC, handed_over

ACCEPT_QUEUE = 1_024
UNIX_MODE = 0o660
TCP = frozenset((socket.AF_INET, socket.AF_INET6))


@dataclass(frozen=True, slots=True)
class Listeners:
    """Where a gateway listens.

    Attributes:
        public: For readers and machines.
        admin: For whoever looks after it.
        is_adopted: The public one belongs to a supervisor and outlives us.
        decide: For front servers that ask; None where they have no door of their own.
    """

    public: socket.socket
    admin: socket.socket
    is_adopted: bool = False
    decide: socket.socket | None = None


@contextmanager
def listeners_of(settings: Settings) -> Iterator[Listeners]:
    """The sockets of a set-up, before anything else is started.

    Raises:
        Unavailable: somebody else has an address.
        Misconfigured: this machine has no such address, or what was handed over
            is no listening socket, or is a door that nobody may use.
    """
    handed = handed_over(os.getpid())
    with ExitStack() as stack:
        public = stack.enter_context(_socket(handed.get(PUBLIC), settings.listen))
        admin = stack.enter_context(_socket(handed.get(ADMIN), settings.admin_listen))
        decide = stack.enter_context(_decide(handed.get(DECIDE), settings))
        yield Listeners(public, admin, PUBLIC in handed, decide)


def _socket(fd: int | None, address: Address) -> socket.socket:
    return bound(address) if fd is None else adopted(fd)


@contextmanager
def _decide(fd: int | None, settings: Settings) -> Iterator[socket.socket | None]:
    where = settings.decide_listen
    if fd is not None:
        with adopted(fd, is_unix_fine=True) as given:
            if not settings.decide_for:
                detail = "a socket for front servers was handed over, and none is named"
                raise Misconfigured(f"{detail} in forward_auth.trusted; name them")
            yield given
    elif where is None:
        yield None
    elif isinstance(where, Address):
        with bound(where) as made:
            yield made
    else:
        with bound_to_path(where) as made:
            try:
                yield made
            finally:
                where.unlink(missing_ok=True)


def bound_to_path(path: Path) -> socket.socket:
    """A Unix socket for its owner and its group; it does not listen yet.

    Raises:
        Unavailable: somebody listens there.
        Misconfigured: there can be no socket.
    """
    if _is_served(path):
        detail = f"{path} is taken; stop what listens there"
        raise Unavailable(detail)
    made = socket.socket(socket.AF_UNIX)
    try:
        if path.is_socket():
            path.unlink()  # left behind by one that was killed
        made.bind(str(path))
        path.chmod(UNIX_MODE)
    except OSError as error:
        made.close()
        detail = f"cannot listen on {path}: {error.strerror or error}"
        raise Misconfigured(detail) from None
    return made


def _is_served(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.setblocking(False)
        return path.is_socket() and probe.connect_ex(str(path)) != errno.ECONNREFUSED


def bound(address: Address) -> socket.socket:
    """A socket bound to an address; it does not listen yet.

    Raises:
        Unavailable: somebody else has it.
        Misconfigured: this machine has no such address.
    """
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    # With the protocol said, asyncio turns Nagle's algorithm off on what is accepted;
    # else the rest of an answer waits for the client's acknowledgement of its head.
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((address.host, address.port))
    except OSError as error:
        made.close()
        if error.errno == errno.EADDRINUSE:
            raise _taken(address) from None
        detail = f"cannot listen on {address}: {error.strerror}"
        raise Misconfigured(detail) from None
    return made


def _taken(address: Address) -> Unavailable:
    detail = (
        f"{address} is taken; stop what listens there, or choose another address "
        "with --listen or --admin-listen"
    )
    return Unavailable(detail)


def adopted(fd: int, *, is_unix_fine: bool = False) -> socket.socket:
    """A listening socket that was opened for us.

    Raises:
        Misconfigured: the descriptor is no listening TCP socket.
    """
    wanted = "TCP or Unix" if is_unix_fine else "TCP"
    detail = f"descriptor {fd} that was handed over is no listening {wanted} socket"
    try:
        os.set_inheritable(fd, False)
        given = socket.socket(fileno=fd)
    except OSError:
        raise Misconfigured(detail) from None
    is_known = given.family in (TCP | {socket.AF_UNIX} if is_unix_fine else TCP)
    is_stream = given.type == socket.SOCK_STREAM
    listens = given.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    if not (is_known and is_stream and listens):
        given.close()
        raise Misconfigured(detail)
    given.setblocking(False)
    return given
