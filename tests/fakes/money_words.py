"""What is a word of money, for set-ups that have nothing to do with any.

In English and French, as words or as parts of names (`net_minor`). Not among them, for
each means work, reading or terms here: *cost* and *budget* (of work at the upstream),
*credit* (naming the source), *free* (open to read), *settlement* (what closes an
obligation, work and openness included), *offer*, *agreement*, *contribution*; nor the
French *charge* (load) and *journal* (log).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

ENGLISH = (
    *("pric(?:e|es|ed|ing)", "invoic(?:e|es|ed|ing)", "bill(?:s|ed|ing|able)?"),
    *("fees?", "tariffs?", "pay(?:s|ing|able|ments?|ers?|outs?)?", "(?:un)?paid"),
    *("prepaid", "money", "monetary", "currenc(?:y|ies)", "charg(?:es|ed|ing)"),
    *("ow(?:e|es|ed|ing)", "debts?", "overdue", "vat", "iban", "sepa", "banks?"),
    *(
        "journal entr(?:y|ies)",
        "funds?",
        "waterfalls?",
        "receivables?",
        "incomes?",
        "revenues?",
    ),
    *("credit notes?", "top-ups?", "rebates?", "discounts?", "royalt(?:y|ies)"),
    *("s[eo]l[dl]s?", "sellers?", "sales?", "buy(?:s|ers?)?", "bought", "purchases?"),
    *("minor", "micros", "cheap(?:er)?", "collectable"),
)
FRENCH = (
    *("prix", "factur\\w*", "tarifs?", "pay(?:er|é|ée|ant)\\w*", "pai(?:e|ements?)"),
    *("argent", "monnaies?", "devises?", "tva", "dettes?", "frais", "recettes?"),
    *("redevances?", "remises?", "vend(?:re|u)\\w*", "achat\\w*", "acheter"),
    *("recouvrable", "dû", "dues"),
)
CURRENCIES = ("eur", "usd", "gbp", "chf", "euros?", "dollars?", "cents?")
WORD = re.compile(
    rf"(?<![a-zà-ÿ])(?:{'|'.join((*ENGLISH, *FRENCH, *CURRENCIES))})(?![a-zà-ÿ])"
    r"|[€£¥]|\$ ?[0-9]+[.,][0-9]{2}",
    re.IGNORECASE,
)

UNAVOIDABLE = (
    # RSL has no other element for the terms that it calls `attribution` and `free`.
    re.compile(r'<payment type="(?:attribution|free)" ?/>'),
    # One of the four words of a switch; both switches are always printed.
    re.compile(r'licence(?:_mode)?"?:? "?invoice'),
    # The way to a dump or a mirror that costs the archive less work; a key.
    re.compile(r'"?cheaper_door"?'),
    # Drawn letters and digits (ids, digests), in which a short word stands by chance.
    re.compile(r"(?=[A-Za-z]*[0-9])[A-Za-z0-9]{16,}"),
)

# What names a format or a switch says nothing about this set-up.
KEYS_OF_FORMAT = {"schema", "licence_mode"}


def words_of_money(text: str) -> list[str]:
    """Each word of money in a text, with what stands around it."""
    for phrase in UNAVOIDABLE:
        text = phrase.sub("", text)
    return [
        " ".join(text[max(0, found.start() - 30) : found.end() + 20].split())
        for found in WORD.finditer(text)
    ]


def told_in(document: Any) -> str:
    """What a JSON document says: its values.

    Its keys are those of every set-up, so that one script reads them all.
    """
    return "\n".join(_values(document))


def _values(one: Any) -> Iterator[str]:
    if isinstance(one, dict):
        for key, value in one.items():
            if key not in KEYS_OF_FORMAT:
                yield from _values(value)
    elif isinstance(one, list):
        for each in one:
            yield from _values(each)
    elif isinstance(one, str):
        yield one


def told_in_text(text: str) -> str:
    """The values of a JSON document; anything else as it stands."""
    try:
        return told_in(json.loads(text))
    except ValueError:
        return text
