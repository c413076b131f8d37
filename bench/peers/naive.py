"""The naive aiohttp proxy of this folder; it needs nothing that we do not need."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager

from bench import naive_proxy
from bench.peers.site import PROXY_CORE, Site
from bench.processes import Server, free_port, on_core, serving


@contextmanager
def proxy(site: Site) -> Generator[Server]:
    """Forty lines of aiohttp."""
    port = free_port()
    script = str(naive_proxy.__file__)
    python = [sys.executable, script, str(port), str(site.upstream_port)]
    command = on_core(PROXY_CORE, python)
    with serving(command, port=port, folder=site.folder) as server:
        yield server
