"""mitmproxy as a reverse proxy, in an environment of its own.

Bodies above 64 KiB are streamed, and nothing is printed or kept: the kindest
setting, for it is made to be looked into.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from bench.peers.once import environment
from bench.peers.site import PROXY_CORE, Site
from bench.processes import Server, free_port, on_core, serving


@contextmanager
def proxy(site: Site) -> Generator[Server]:
    """`mitmdump` in reverse mode; pip installs it the first time."""
    port = free_port()
    mitmdump = [
        str(environment("mitmproxy") / "mitmdump"),
        *("--mode", f"reverse:http://127.0.0.1:{site.upstream_port}"),
        *("--listen-host", "127.0.0.1", "--listen-port", str(port), "--quiet"),
        *("--set", f"confdir={site.folder / 'mitmproxy'}"),
        *("--set", "stream_large_bodies=64k", "--set", "flow_detail=0"),
    ]
    command = on_core(PROXY_CORE, mitmdump)
    with serving(command, port=port, folder=site.folder) as server:
        yield server
