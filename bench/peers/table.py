"""Every peer by the name it has in the results."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bench.peers import bare, caddy, haproxy, mitmproxy, naive, nginx, node_proxy
from bench.peers.site import Peer

PEERS: Mapping[str, Peer] = MappingProxyType(
    {
        "nginx": nginx.proxy,
        "nginx_large_buffers": nginx.proxy_with_large_buffers,
        "haproxy": haproxy.proxy,
        "caddy": caddy.proxy,
        "node": node_proxy.proxy,
        "mitmproxy": mitmproxy.proxy,
        "aiohttp": naive.proxy,
        "bare_python": bare.proxy,
    }
)
