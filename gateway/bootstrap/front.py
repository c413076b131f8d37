"""The front of the public listener: its event loop, its certificate, its door."""

from __future__ import annotations

import asyncio
import resource
import socket
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path

from gateway.bootstrap.following import followed
from gateway.kernel.errors import Misconfigured
from gateway.proxy.doors import Door, Threshold
from gateway.proxy.listener import PublicServer
from gateway.proxy.self_test import holes, require_no_hole
from gateway.proxy.tls import Certificate
from gateway.settings import Settings
from gateway.telemetry.log import Log

LoopFactory = Callable[[], asyncio.AbstractEventLoop]


class Front:
    """What stands between the network and the server."""

    def __init__(
        self, settings: Settings, certificate: Certificate | None, log: Log
    ) -> None:
        self._settings = settings
        self._certificate = certificate
        self._log = log

    async def opened(self, server: PublicServer, public: socket.socket) -> Door:
        """Let clients in at a socket that is bound, or listens already.

        Raises:
            Misconfigured: a replayed attack got through.
        """
        await require_no_hole(self._settings.limits)
        certificate = self._certificate
        threshold = Threshold(
            certificate.context if certificate else None,
            is_announced=self._settings.proxy_protocol,
            trusted=self._settings.trusted_proxies,
        )
        door = Door(server, public, threshold)
        await door.open()
        return door

    async def follow(self) -> None:
        """Renew the certificate whenever its files change; a faulty one is not used."""
        if self._certificate is None:
            await asyncio.Event().wait()
            return
        folders = {file.parent for file in self._certificate.files}
        await asyncio.gather(*map(self._followed, folders))

    async def _followed(self, folder: Path) -> None:
        async for _ in followed(folder):
            self.renew()

    def renew(self) -> None:
        """Read the certificate again."""
        if self._certificate is None:
            return
        try:
            self._certificate.renew()
        except Misconfigured as fault:
            self._log.say("tls.faulty", reason=fault.detail)
        else:
            self._log.say("tls.renewed")


def front_of(settings: Settings, log: Log) -> Front:
    """The front of a set-up.

    Raises:
        Misconfigured: the certificate is not usable.
    """
    _raise_file_limit()
    tls = settings.tls
    certificate = Certificate(tls.certificate, tls.key) if tls else None
    return Front(settings, certificate, log)


def parser_holes(settings: Settings) -> list[str]:
    """Which replayed attacks get through the public listener; none, if all is well.

    Raises:
        Misconfigured: the strict parser is not there.
    """
    return asyncio.run(holes(settings.limits))


def run(settings: Settings, work: Coroutine[None, None, None]) -> None:
    """Run on the event loop that the set-up asks for.

    Raises:
        Misconfigured: uvloop is asked for and not installed.
    """
    with asyncio.Runner(loop_factory=_loop_factory(settings.loop)) as runner:
        runner.run(work)


def _loop_factory(name: str) -> LoopFactory:
    if name == "asyncio":
        return asyncio.new_event_loop
    try:
        import uvloop  # noqa: PLC0415  an extra: used where it is installed
    except ImportError:
        if name == "uvloop":
            detail = (
                "loop: uvloop is not installed; pip install copyfair-gateway[uvloop]"
            )
            raise Misconfigured(detail) from None
        return asyncio.new_event_loop
    factory: LoopFactory = uvloop.new_event_loop
    return factory


def _raise_file_limit() -> None:
    """Each connection is a file, and the usual soft limit is a thousand."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
