"""The two sockets a gateway listens on: bound by us, or handed over by a supervisor.

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

from gateway.kernel.errors import Misconfigured, Unavailable
from gateway.settings import Address, Settings
from gateway.settings.handed_over import ADMIN, PUBLIC, handed_over

ACCEPT_QUEUE = 1_024


@dataclass(frozen=True, slots=True)
class Listeners:
    """Where a gateway listens.

    Attributes:
        public: For readers and machines.
        admin: For whoever looks after it.
        is_adopted: The public one belongs to a supervisor and outlives us.
    """

    public: socket.socket
    admin: socket.socket
    is_adopted: bool = False


@contextmanager
def listeners_of(settings: Settings) -> Iterator[Listeners]:
    """The sockets of a set-up, before anything else is started.

    Raises:
        Unavailable: somebody else has an address.
        Misconfigured: this machine has no such address, or what was handed over
            is no listening socket.
    """
    handed = handed_over(os.getpid())
    with ExitStack() as stack:
        public = stack.enter_context(_socket(handed.get(PUBLIC), settings.listen))
        admin = stack.enter_context(_socket(handed.get(ADMIN), settings.admin_listen))
        yield Listeners(public, admin, PUBLIC in handed)


def _socket(fd: int | None, address: Address) -> socket.socket:
    return bound(address) if fd is None else adopted(fd)


def bound(address: Address) -> socket.socket:
    """A socket bound to an address; it does not listen yet.

    Raises:
        Unavailable: somebody else has it.
        Misconfigured: this machine has no such address.
    """
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    made = socket.socket(family)
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


def adopted(fd: int) -> socket.socket:
    """A listening socket that was opened for us.

    Raises:
        Misconfigured: the descriptor is no listening TCP socket.
    """
    detail = f"descriptor {fd} that was handed over is no listening TCP socket"
    try:
        os.set_inheritable(fd, False)
        given = socket.socket(fileno=fd)
    except OSError:
        raise Misconfigured(detail) from None
    is_tcp = given.family in {socket.AF_INET, socket.AF_INET6}
    is_stream = given.type == socket.SOCK_STREAM
    listens = given.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    if not (is_tcp and is_stream and listens):
        given.close()
        raise Misconfigured(detail)
    given.setblocking(False)
    return given
