"""Says figures in one language: sentences, names, and who somebody is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.identity.public_name import Who
from gateway.portal.words import WORDS
from gateway.services.public_books.figures import PPM
from gateway.web.numbers import Numbers

Titles = Mapping[str, Mapping[str, str]]
"""Collection to its title by language."""


@dataclass(frozen=True, slots=True)
class Say:
    """One language.

    Attributes:
        language: `en` or `fr`.
        titles: What collections are called.
        number: Writes numbers.
    """

    language: str
    titles: Titles = field(default_factory=dict)
    number: Numbers = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "number", Numbers(self.language))

    def __call__(self, word: str, **figures: str) -> str:
        """A word or a sentence, its figures put in."""
        return WORDS[self.language][word].format(**figures)

    def share(self, ppm: int) -> str:
        """A share in per cent."""
        return self.number.share(ppm / PPM)

    def who(self, who: Who, name: str, count: int) -> str:
        """A name, or how many stand together without one."""
        return name or self(who.value, count=self.number.whole(count))

    def entity(self, entity: str) -> str:
        """What somebody is."""
        known = WORDS[self.language].get(f"entity_{entity}")
        return known or entity

    def word(self, kind: str, word: str) -> str:
        """A word of ours where we know it; else as it is written."""
        return WORDS[self.language].get(f"{kind}_{word}", word)

    def collection(self, collection: str) -> str:
        """A collection's title."""
        if not collection:
            return self("no_collection")
        titles = self.titles.get(collection, {})
        return titles.get(self.language) or titles.get("en") or collection

    def listed(self, parts: list[str]) -> str:
        """Several parts in one sentence."""
        return "; ".join(parts) if self.language == "en" else " ; ".join(parts)
