"""Sockets that a supervisor opened for us (systemd's `LISTEN_FDS` protocol)."""

from __future__ import annotations

import os
from collections.abc import Mapping

FIRST_FD = 3
PUBLIC, ADMIN, DECIDE = "public", "admin", "decide"


def handed_over(process_id: int) -> Mapping[str, int]:
    """Descriptors of listening sockets, by `public`, `admin`, `decide`; none usually.

    They go by their names (`FileDescriptorName=`). Of those that are called something
    else the first is the public and the second the admin listener; the door for front
    servers is known by its name alone. What was said is taken out of the environment,
    so that it means nobody else.

    Args:
        process_id: Ours; what was meant for another process is left alone.
    """
    told = {
        name: os.environ.pop(name, "")
        for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")
    }
    number = told["LISTEN_FDS"]
    if told["LISTEN_PID"] != str(process_id) or not number.isdecimal():
        return {}
    fds = list(range(FIRST_FD, FIRST_FD + int(number)))
    names = told["LISTEN_FDNAMES"].split(":")
    if len(names) != len(fds):
        names = [""] * len(fds)
    named = dict(zip(names, fds, strict=True))
    found = {name: named[name] for name in (PUBLIC, ADMIN, DECIDE) if name in named}
    others = [fd for fd in fds if fd not in found.values()]
    by_place = [name for name in (PUBLIC, ADMIN) if name not in found]
    return found | dict(zip(by_place, others, strict=False))
