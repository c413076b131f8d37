"""Labels on readers' pages: a few header fields, and nothing else changes.

What the archive says about its own pages stands: a field of its own is never
replaced or contradicted. `Link` is a list, so ours joins it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.kernel.request import Request
from gateway.licensing.collection import Collection
from gateway.licensing.policy import PolicySet
from gateway.licensing.switches import LicenceMode
from gateway.terms.rsl import MEDIA_TYPE
from gateway.terms.site import LICENCE_PATH, Site
from gateway.terms.tdm import reservation_headers
from gateway.terms.vocabularies import content_usage
from gateway.web.answer import HeaderPairs

ORIGINS_KEPT = 64
WATCHED = frozenset(("link", "content-usage", "tdm-reservation", "tdm-policy"))
"""Fields of ours that an archive may send itself; most answers hold none of them."""
ORDINARY = frozenset(
    (
        "Accept-Ranges",
        "Age",
        "Cache-Control",
        "Connection",
        "Content-Encoding",
        "Content-Length",
        "Content-Type",
        "Date",
        "ETag",
        "Expires",
        "Keep-Alive",
        "Last-Modified",
        "Location",
        "Server",
        "Set-Cookie",
        "Transfer-Encoding",
        "Vary",
        "Via",
        "X-Powered-By",
    )
)
"""What answers consist of, nearly all of them; none of ours is among them."""


@dataclass(slots=True)
class Labels:
    """Gives the fields to add to an upstream's answer.

    Attributes:
        site: Whose terms apply.
    """

    site: Site
    _policies: PolicySet | None = field(default=None, repr=False)
    _kept: dict[tuple[str, str, str], HeaderPairs] = field(
        default_factory=dict, repr=False
    )

    def __call__(
        self, asked: Request, collection: Collection | None, theirs: HeaderPairs
    ) -> HeaderPairs:
        """Fields to add, in order; none below `licence_mode: label`.

        Args:
            asked: The request; its host decides under which name links are written.
            collection: Where the page belongs.
            theirs: The upstream's fields, which are kept as they are.
        """
        return self.beside(self.meant(asked, collection), theirs)

    @staticmethod
    def beside(known: HeaderPairs, theirs: HeaderPairs) -> HeaderPairs:
        """Those of our fields that the archive did not send itself: a pure function."""
        if known:
            for name, _ in theirs:
                if name not in ORDINARY and name.lower() in WATCHED:
                    return _beside(theirs, known)
        return known

    def meant(self, asked: Request, collection: Collection | None) -> HeaderPairs:
        """What is added to an answer that says nothing of it; an object that is kept.

        The same request under the same policies and switches gives the same one again.
        """
        if collection is None:
            return ()
        mode = collection.licence_mode
        if mode is None:
            mode = self.site.switches().licence_mode
        if mode < LicenceMode.LABEL:
            return ()
        policies = self.site.policies()
        if policies is not self._policies:
            self._policies, self._kept = policies, {}
        key = (asked.authority, asked.scheme, collection.id)
        known = self._kept.get(key)
        if known is None:
            if len(self._kept) >= ORIGINS_KEPT * 4:
                self._kept.clear()
            known = self._kept[key] = self._made(asked, collection)
        return known

    def _made(self, asked: Request, collection: Collection) -> HeaderPairs:
        origin = self.site.origin(asked)
        statement = self.site.statement(collection)
        fields = [("Link", licence_link(origin))]
        if usage := content_usage(statement):
            fields.append(("Content-Usage", usage))
        return (*fields, *reservation_headers(statement, origin=origin))


def _beside(theirs: HeaderPairs, ours: HeaderPairs) -> HeaderPairs:
    """Those of our fields that the archive did not send itself."""
    names = {name.lower() for name, _ in theirs}
    has_licence = any(
        name.lower() == "link" and MEDIA_TYPE in value for name, value in theirs
    )
    # A policy of ours beside a reservation of theirs would mix two statements.
    if "tdm-reservation" in names:
        names.add("tdm-policy")
    return tuple(
        (name, value)
        for name, value in ours
        if (name == "Link" and not has_licence)
        or (name != "Link" and name.lower() not in names)
    )


def licence_link(origin: str) -> str:
    """The RSL link field; all three parts are mandatory (RSL 1.0 §4.2)."""
    return f'<{origin}{LICENCE_PATH}>; rel="license"; type="{MEDIA_TYPE}"'
