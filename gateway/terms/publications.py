"""robots.txt, license.xml and the well-known files of one host.

Nothing here is ever challenged, slowed or answered with an error of ours: to a
crawler an error on robots.txt is a rule (RFC 9309 §2.3.1), and without a licence
document everything counts as unlicensed (RSL 1.0). What is not ours to answer is
the upstream's: then the answer is None, and the request goes on like any other.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field

from gateway.kernel.clock import US_PER_DAY, US_PER_S, Clock, iso
from gateway.kernel.errors import GatewayError
from gateway.kernel.request import Request
from gateway.licensing.enforce import protects
from gateway.terms import replies
from gateway.terms.ports import Fetched, UpstreamFile
from gateway.terms.robots import ROBOTS_BYTES_MAX, RobotsLines, merged, own_robots
from gateway.terms.robots_rules import RobotsRules
from gateway.terms.rsl import MEDIA_TYPE, Published, contact_url, licence_document
from gateway.terms.site import LICENCE_PATH, Site
from gateway.terms.statements import Statement
from gateway.terms.tdm import policy_document, reservations
from gateway.terms.vocabularies import content_signal, content_usage, path_patterns
from gateway.web.answer import Answer, HeaderPairs
from gateway.web.security_headers import SAFE

TEXT = ("Content-Type", "text/plain; charset=utf-8")
ROBOTS_KEPT_MAX = 64
SHORTLY: HeaderPairs = (("Cache-Control", "public, max-age=60"),)
SECURITY_DAYS = 180
UPSTREAM_WITHIN_S = 10
SECURITY_BYTES_MAX = 64 * 1024


@dataclass(slots=True)
class Publications:
    """What a host tells machines before they ask for anything else.

    Attributes:
        site: Whose terms apply.
        upstream: Fetches the archive's own files.
        clock: For the date in security.txt, and when rules are read again.
        rules: What robots.txt asks machines to leave alone.
    """

    site: Site
    upstream: UpstreamFile
    clock: Clock
    rules: RobotsRules = field(default_factory=RobotsRules, repr=False)
    _last_good: OrderedDict[str, bytes] = field(default_factory=OrderedDict, repr=False)

    async def robots(self, asked: Request) -> Answer | None:
        """The upstream's robots.txt with our lines; None where we add none."""
        ours = self.robots_lines(asked)
        if not ours and not self.rules_are_due(asked):
            return None
        theirs = await self.read_rules(asked)
        if not ours:
            return None
        if theirs is not None and 300 <= theirs.status < 400:
            return Answer(theirs.status, theirs.headers, theirs.body)
        if theirs is not None and 200 <= theirs.status < 300:
            self._keep(asked.authority, theirs.body)
            return self._robots(merged(theirs.body, ours), replies.AN_HOUR)
        if theirs is not None and 400 <= theirs.status < 500:
            self._last_good.pop(asked.authority, None)
            return self._robots(own_robots(ours), replies.AN_HOUR)
        last = self._last_good.get(asked.authority, b"")
        return self._robots(merged(last, ours), SHORTLY)

    async def read_rules(self, asked: Request) -> Fetched | None:
        """Have the archive's robots.txt read, whoever asked for it; what came."""
        now_s = self.clock.now_us() // US_PER_S
        theirs = await self._theirs(asked, ROBOTS_BYTES_MAX)
        self.rules.learn(self.site.origin(asked), _rules_in(theirs), now_s=now_s)
        return theirs

    def rules_are_due(self, asked: Request) -> bool:
        """Are the rules of robots.txt to be read, because somebody may be slowed?"""
        switches, now_s = self.site.switches(), self.clock.now_us() // US_PER_S
        origin = self.site.origin(asked)
        return self.rules.is_due(origin, now_s=now_s) and any(
            protects(one, switches) for one in self.site.policies().collections
        )

    def forbids(self, asked: Request) -> bool:
        """Does robots.txt ask whoever calls itself so to leave that page alone?"""
        origin = self.site.origin(asked)
        return self.rules.forbids(origin, asked.target, asked.user_agent)

    def robots_lines(self, asked: Request) -> RobotsLines:
        """Our lines for the host that is asked."""
        statements = self.site.labelled(asked.host)
        if not statements:
            return RobotsLines()
        origin = self.site.origin(asked)
        in_groups = []
        if signal := content_signal(statements):
            in_groups.append(f"Content-Signal: {signal}")
        for statement in statements:
            usage = content_usage(statement)
            for pattern in path_patterns(statement.collection):
                where = "" if pattern == "/" else f"{pattern} "
                if usage:
                    in_groups.append(f"Content-Usage: {where}{usage}")
        licence = f"License: {origin}{LICENCE_PATH}"
        return RobotsLines((licence,), tuple(dict.fromkeys(in_groups)))

    def licence(self, asked: Request) -> Answer | None:
        """The RSL document; None below `licence_mode: label`."""
        statements = self.site.labelled(asked.host)
        if not statements:
            return None
        origin = self.site.origin(asked)
        body = licence_document([self._published(one, origin) for one in statements])
        return _tagged(asked, f"{MEDIA_TYPE}; charset=utf-8", body)

    def tdm(self, asked: Request) -> Answer | None:
        """tdmrep.json; None below `licence_mode: label`."""
        statements = self.site.labelled(asked.host)
        if not statements:
            return None
        rows = reservations(statements, origin=self.site.origin(asked))
        return replies.json_answer(200, rows, headers=replies.AN_HOUR)

    def tdm_policy(self, asked: Request, collection_id: str) -> Answer | None:
        """The TDM policy of one collection; None where there is none."""
        for statement in self.site.labelled(asked.host):
            if statement.collection.id == collection_id and statement.reserves:
                origin = self.site.origin(asked)
                published = self._published(statement, origin)
                document = policy_document(published, origin=origin)
                return replies.json_answer(200, document, headers=replies.AN_HOUR)
        return None

    async def security(self, asked: Request) -> Answer | None:
        """The archive's own security.txt; where it has none, one with our contact."""
        if not self.site.labelled(asked.host):
            return None
        theirs = await self._theirs(asked, SECURITY_BYTES_MAX)
        if theirs is not None and theirs.status < 400:
            return Answer(theirs.status, theirs.headers, theirs.body)
        contacts = (one.contact for one in self.site.policies().collections)
        urls = dict.fromkeys(filter(None, map(contact_url, contacts)))
        # One date a day, so that the file does not change with every look.
        today = self.clock.now_us() // US_PER_DAY
        until = iso((today + SECURITY_DAYS) * US_PER_DAY)
        lines = [f"Contact: {url}" for url in urls]
        lines += [f"Expires: {until}", f"Canonical: {self.site.origin(asked)}"]
        lines[-1] += "/.well-known/security.txt"
        body = "\n".join(lines).encode() + b"\n"
        return Answer(200, (TEXT, *SAFE, *replies.AN_HOUR), body)

    def _published(self, statement: Statement, origin: str) -> Published:
        collection = statement.collection
        tariff = self.site.policies().tariffs.get(collection.tariff)
        href = self.site.offer_href(origin, collection)
        is_open = self.site.takes(collection)
        return Published(statement, tariff, href, is_open=is_open)

    def _robots(self, body: bytes, caching: HeaderPairs) -> Answer:
        return Answer(200, (TEXT, *SAFE, *caching), body)

    async def _theirs(self, asked: Request, body_bytes_max: int) -> Fetched | None:
        """The archive's own file; None where it does not come, or not soon."""
        try:
            async with asyncio.timeout(UPSTREAM_WITHIN_S):
                return await self.upstream(asked, body_bytes_max=body_bytes_max)
        except (GatewayError, TimeoutError):
            return None

    def _keep(self, authority: str, body: bytes) -> None:
        self._last_good[authority] = body
        self._last_good.move_to_end(authority)
        if len(self._last_good) > ROBOTS_KEPT_MAX:
            self._last_good.popitem(last=False)


def _rules_in(theirs: Fetched | None) -> bytes | None:
    """Their robots.txt as rules: none of what is not there, None while it is out."""
    if theirs is None or theirs.status >= 500:
        return None
    return theirs.body if 200 <= theirs.status < 300 else b""


def _tagged(asked: Request, media_type: str, body: bytes) -> Answer:
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    fields = (("ETag", tag), *SAFE, *replies.AN_HOUR)
    known = {one.strip() for one in asked.headers.get("if-none-match").split(",")}
    if tag in known or f"W/{tag}" in known:
        return Answer(304, fields)
    return Answer(200, (("Content-Type", media_type), *fields), body)
