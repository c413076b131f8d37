"""Every peer by the name it has in the results."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bench.peers import caddy, haproxy, naive, nginx
from bench.peers.site import Peer

PEERS: Mapping[str, Peer] = MappingProxyType(
    {
        "nginx": nginx.proxy,
        "nginx_large_buffers": nginx.proxy_with_large_buffers,
        "haproxy": haproxy.proxy,
        "caddy": caddy.proxy,
        "aiohttp": naive.proxy,
    }
)
NOT_YET = ("node", "mitmproxy")
"""Promised in the results, and not measured yet."""
