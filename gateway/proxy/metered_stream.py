"""A metered stream: passes a body on, and knows how it ended.

Every chunk is covered by a hold before it leaves. How much was delivered is the
sink's to say, because only the connection knows what is still on this machine.
"""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass, field

from gateway.kernel.errors import GatewayError
from gateway.metering.usage_event import Ending
from gateway.proxy.account import Account
from gateway.proxy.exchange import BodySink, Delivered
from gateway.proxy.ports import UpstreamAnswer


@dataclass(slots=True)
class MeteredStream:
    """One body on its way to the client.

    Attributes:
        account: Where it is counted; None where nothing is metered.
        delivered: What left us.
        ending: How it ended; broken off by us until it is known to be otherwise.
        fault: What broke it off, or None.
    """

    account: Account | None = None
    delivered: Delivered = field(default_factory=Delivered)
    ending: Ending = Ending.CUT
    fault: GatewayError | None = None

    async def carry(self, answer: UpstreamAnswer, sink: BodySink) -> None:
        """Pass a body on until it ends, in whatever way.

        Raises:
            ConnectionError: the client was left with a part; nothing may follow.
        """
        await self._end(self._passed(answer, sink), sink)

    async def confirm(self, sink: BodySink) -> None:
        """All of a body was handed over: wait until it has left.

        Raises:
            ConnectionError: the client was left with a part; nothing may follow.
        """
        await self._end(_confirmed(sink), sink)

    async def _end(self, steps: Awaitable[Ending], sink: BodySink) -> None:
        """Take the steps to an end, and say which it was."""
        self.delivered = sink.delivered
        try:
            self.ending = await steps
        except ConnectionError:
            self.ending = Ending.ABORTED
            raise
        except GatewayError as error:
            self.fault = error
        finally:
            if self.ending is not Ending.COMPLETE:
                await sink.abort()

    async def _passed(self, answer: UpstreamAnswer, sink: BodySink) -> Ending:
        while chunk := answer.take() or await _awaited(answer, sink):
            if self.account is not None and not await self._is_covered(len(chunk)):
                return Ending.CAPPED
            await sink.write(chunk, waits=answer.hold)
        await sink.finish(is_confirmed=self.account is not None)
        return Ending.COMPLETE

    async def _is_covered(self, more_bytes: int) -> bool:
        if self.account is None:
            return True
        return await self.account.covers(self.delivered.handed_over + more_bytes)


async def _confirmed(sink: BodySink) -> Ending:
    await sink.finish(is_confirmed=True)
    return Ending.COMPLETE


async def _awaited(answer: UpstreamAnswer, sink: BodySink) -> bytes:
    """The next bytes; who has to wait for them lets go of what is held back."""
    if answer.is_over:
        return b""
    sink.flush()
    return await answer.read()
