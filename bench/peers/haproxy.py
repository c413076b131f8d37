"""HAProxy, one thread, kept-alive connections on both sides."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from bench.peers.site import PROXY_CORE, Site, installed
from bench.processes import Server, free_port, on_core, serving

CONF = """\
global
    nbthread 1
    maxconn 8192
defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    http-reuse always
frontend public
    bind 127.0.0.1:{port}
    default_backend archive
backend archive
    server archive 127.0.0.1:{upstream_port}
"""


@contextmanager
def proxy(site: Site) -> Generator[Server]:
    """A frontend and a backend, and nothing else."""
    port = free_port()
    text = CONF.format(port=port, upstream_port=site.upstream_port)
    conf = site.write("haproxy.cfg", text)
    command = on_core(PROXY_CORE, [installed("haproxy"), "-db", "-f", conf])
    with serving(command, port=port, folder=site.folder) as server:
        yield server
