"""Public suffixes: below which names strangers register, and what one of them has.

After the Public Suffix List (https://publicsuffix.org), its private part too: whoever
has a page below `github.io` is not who has another. Of a suffix that is on no list the
last label is one.
"""

from __future__ import annotations

from functools import lru_cache

from publicsuffixlist import PublicSuffixList


class PublicSuffixes:
    """Says what of a domain somebody registered; the list is read when first asked."""

    def __call__(self, domain: str) -> str:
        """The registered domain in *domain*, as DNS spells both; empty of a suffix."""
        return _listed().privatesuffix(domain) or ""


@lru_cache(maxsize=1)
def _listed() -> PublicSuffixList:
    return PublicSuffixList()
