"""What can go wrong with an upstream, told truthfully and without its address."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp

from gateway.kernel.errors import UpstreamFailed

RETRY_AFTER_S = 10


class Lost(aiohttp.ClientError):
    """The connection went away before an answer began.

    The library would send an idempotent request again by itself, DELETE included,
    and cannot be told not to. It does not repeat what fails with this.
    """


class Upload:
    """The client's body on its way; remembers whether the client broke it off.

    Attributes:
        fault: What the client's side raised, or None.
    """

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self.fault: ConnectionError | TimeoutError | None = None

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body, piece by piece."""
        try:
            async for chunk in self._chunks:
                yield chunk
        except (ConnectionError, TimeoutError) as fault:
            self.fault = fault
            raise


async def once(
    request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Send a request a single time (a client middleware)."""
    try:
        return await send(request)
    except (aiohttp.ClientConnectorError, aiohttp.ServerTimeoutError):
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise Lost(str(error)) from error


def failure(error: Exception) -> UpstreamFailed:
    """The failure as our answer tells it."""
    if isinstance(error, TimeoutError):
        detail = "the archive did not answer in time"
        return UpstreamFailed(detail, timed_out=True, retry_after_s=RETRY_AFTER_S)
    kind = "broken"
    if isinstance(error, aiohttp.ClientConnectorError):
        detail, kind = "the archive cannot be reached", "refused"
    elif isinstance(error, aiohttp.ClientPayloadError):
        detail = "the archive broke its answer off"
    elif isinstance(error, aiohttp.WSServerHandshakeError):
        detail, kind = "the archive does not accept this connection", "refused"
    elif isinstance(error, Lost):
        detail = "the archive closed the connection without an answer"
    elif isinstance(error, ValueError | aiohttp.ClientResponseError):
        detail = "the archive's answer, or the request to it, is malformed"
        kind = "malformed"
    else:
        detail = "the archive failed while answering"
    return UpstreamFailed(detail, kind=kind, retry_after_s=RETRY_AFTER_S)
