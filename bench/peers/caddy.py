"""Caddy's `reverse_proxy`, without TLS and without its admin listener."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from bench.peers.site import PROXY_CORE, Site, installed
from bench.processes import Server, free_port, on_core, serving

CADDYFILE = """\
{{
    admin off
    auto_https off
}}
http://:{port} {{
    bind 127.0.0.1
    reverse_proxy 127.0.0.1:{upstream_port}
}}
"""


@contextmanager
def proxy(site: Site) -> Generator[Server]:
    """One site with one upstream."""
    port = free_port()
    text = CADDYFILE.format(port=port, upstream_port=site.upstream_port)
    file = site.write("Caddyfile", text)
    caddy = [installed("caddy"), "run", "--adapter", "caddyfile", "--config", file]
    command = on_core(PROXY_CORE, caddy)
    with serving(command, port=port, folder=site.folder) as server:
        yield server
