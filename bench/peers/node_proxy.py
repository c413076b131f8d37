"""node's `http-proxy`, as a Node host would use it; see node/proxy.js."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from bench.peers.once import node_modules
from bench.peers.site import PROXY_CORE, Site, installed
from bench.processes import Server, free_port, on_core, serving

SOURCE = Path(__file__).parent / "node"


@contextmanager
def proxy(site: Site) -> Generator[Server]:
    """One process; npm installs its three packages the first time."""
    port = free_port()
    folder = node_modules(SOURCE)
    script = str(folder / "proxy.js")
    node = [installed("node"), script, str(port), str(site.upstream_port)]
    command = on_core(PROXY_CORE, node)
    with serving(command, port=port, folder=site.folder) as server:
        yield server
