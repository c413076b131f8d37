"""Peers that Debian brings: installed by `make services` where we may."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable

from bench.machine import ROOT
from bench.processes import ENVIRONMENT, program

PROGRAMS = ("nginx", "haproxy", "caddy", "wrk")
TIMEOUT_S = 600


def install_missing(say: Callable[[str], None]) -> None:
    """Let `make services` install what is missing; only root on Debian may.

    Whatever is missing afterwards is named in the results.
    """
    missing = [name for name in PROGRAMS if program(name) is None]
    if not missing:
        return
    if os.geteuid() != 0 or program("apt-get") is None:
        say(f"not here: {', '.join(missing)}; `sudo make services` installs them")
        return
    say(f"installing {', '.join(missing)}")
    subprocess.run(
        ["make", "services"],
        cwd=ROOT,
        env=ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        timeout=TIMEOUT_S,
        check=False,
    )
