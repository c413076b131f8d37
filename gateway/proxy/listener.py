"""The public listener: aiohttp's server with every limit written down."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp.http_parser
from aiohttp import web

from gateway.kernel.errors import Misconfigured
from gateway.proxy.connection import Connection, Faults
from gateway.proxy.entrance import Entrance

READ_BUFFER_BYTES = 64 * 1024


def require_c_parser() -> None:
    """Refuse to serve with the parser that is lenient and slow.

    Raises:
        Misconfigured: aiohttp runs without its C extensions.
    """
    parser: Any = aiohttp.http_parser.HttpRequestParser
    compiled: Any = getattr(aiohttp.http_parser, "HttpRequestParserC", None)
    if compiled is None or parser is not compiled:
        detail = (
            "aiohttp runs without its C parser; install its binary wheel and unset "
            "AIOHTTP_NO_EXTENSIONS"
        )
        raise Misconfigured(detail)


class PublicServer(web.Server):
    """Makes a `Connection` for each client; give it to `loop.create_server`."""

    def __init__(self, entrance: Entrance, *, faults: Faults) -> None:
        super().__init__(entrance)
        self.entrance = entrance
        self._faults = faults

    def __call__(self) -> Connection:
        """A connection for the next client."""
        limits = self.entrance.limits
        return Connection(
            self,
            loop=asyncio.get_running_loop(),
            malformed=self.entrance.malformed,
            faults=self._faults,
            access_log=None,
            auto_decompress=False,
            keepalive_timeout=limits.idle_s,
            lingering_time=limits.linger_s,
            max_field_size=limits.field_bytes_max,
            max_headers=limits.fields_max,
            max_line_size=limits.line_bytes_max,
            read_bufsize=READ_BUFFER_BYTES,
        )

    async def drain(self, grace_s: int) -> None:
        """Let requests finish: say `Connection: close`, wait, then end the rest."""
        self.entrance.is_draining = True
        self.pre_shutdown()
        await self.shutdown(grace_s)


def make_public_server(entrance: Entrance, *, faults: Faults) -> PublicServer:
    """The server of the public listener; called inside the event loop.

    Args:
        entrance: Answers requests.
        faults: Hears what escaped from us.

    Raises:
        Misconfigured: aiohttp runs without its C parser.
    """
    require_c_parser()
    return PublicServer(entrance, faults=faults)
