"""How the parent starts a worker or the writer: `python -m gateway.bootstrap.child`.

Not for people; `copyfair serve` with two workers or more runs it.
"""

from __future__ import annotations

import argparse
import socket
import sys
from dataclasses import replace
from pathlib import Path

from gateway.bootstrap.control import ParentWire, die_with_parent
from gateway.bootstrap.family import family_of
from gateway.bootstrap.sockets import adopted
from gateway.bootstrap.worker import work
from gateway.bootstrap.writer_process import Sockets, write
from gateway.kernel.errors import GatewayError
from gateway.settings import read_settings

FAILED = 1


def main() -> int:
    """Do one child's work; its exit status."""
    asked = _arguments()
    die_with_parent(asked.lifeline)
    wire = ParentWire(socket.socket(fileno=asked.wire))
    try:
        settings = replace(read_settings(asked.config), workers=asked.workers)
        listener = adopted(asked.listener)
        decide = adopted(asked.decide, is_unix_fine=True) if asked.decide else None
        family = family_of(asked.once, workers=asked.workers)
        if asked.role == "worker":
            work(settings, family, node=asked.node, public=listener, wire=wire)
        else:
            sockets = Sockets(listener, decide)
            write(settings, family, node=asked.node, sockets=sockets, wire=wire)
    except GatewayError as fault:
        sys.stderr.write(f"{asked.role}: {fault.detail}\n")
        return FAILED
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("role", choices=("worker", "writer"))
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--node", required=True)
    for name in ("workers", "listener", "wire", "lifeline", "lock"):
        parser.add_argument(f"--{name}", type=int, required=True)
    for name in ("decide", "once"):
        parser.add_argument(f"--{name}", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
