"""What the public books say, by language; both say everything."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gateway.portal.words_en import ENGLISH
from gateway.portal.words_fr import FRENCH

WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType({"en": ENGLISH, "fr": FRENCH})
