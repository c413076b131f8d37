"""Sockets that a supervisor opened for us (systemd's `LISTEN_FDS` protocol)."""

from __future__ import annotations

import os
from collections.abc import Mapping

FIRST_FD = 3
PUBLIC, ADMIN = "public", "admin"


def handed_over(process_id: int) -> Mapping[str, int]:
    """Descriptors of listening sockets, by `public` and `admin`; none usually.

    They go by their names (`FileDescriptorName=`) where one is `admin`, else the
    first is the public and the second the admin listener. What was said is taken
    out of the environment, so that it means nobody else.

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
    found: dict[str, int] = {}
    if ADMIN in names and len(names) == len(fds):
        found[ADMIN] = fds.pop(names.index(ADMIN))
    for name, fd in zip((PUBLIC, ADMIN), fds, strict=False):
        found.setdefault(name, fd)
    return found
