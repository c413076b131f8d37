"""A name server on loopback that answers from a table."""

from __future__ import annotations

import asyncio
from typing import cast

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

Zone = dict[tuple[str, str], list[str]]


class NameServer(asyncio.DatagramProtocol):
    """Answers from a table; refuses to speak where it is told to be silent."""

    def __init__(self, zone: Zone, *, is_silent: bool = False) -> None:
        self.zone = zone
        self.is_silent = is_silent
        self.asked: list[str] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        question = dns.message.from_wire(data)
        (asked,) = question.question
        kind = dns.rdatatype.to_text(asked.rdtype)
        self.asked.append(kind)
        if self.is_silent:
            return
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.RA
        found = self.zone.get((asked.name.to_text(), kind))
        if found is None:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        else:
            answer.answer.append(
                dns.rrset.from_text(asked.name, 60, "IN", kind, *found)
            )
        self.transport.sendto(answer.to_wire(), addr)
