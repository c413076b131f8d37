"""Public registers: what they are asked, and what their answers say.

Each is one function for the address and one for the answer, in a table in plain sight.
All are open and need no key. What a legal form bears out is said by the register and
never guessed: a company is no cooperative because it says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from gateway.identity.domain_challenge import PROVEN_BY_A_DOMAIN
from gateway.kernel.errors import InvalidValue, Unavailable

OK = 200
GONE = frozenset({404, 410})
FIRM = PROVEN_BY_A_DOMAIN
NOT_SAID = frozenset({"", "---"})


@dataclass(frozen=True, slots=True)
class Registered:
    """What a register says of a number.

    Attributes:
        number: As the register spells it.
        names: The names it gives; none where it may not say.
        entities: What the legal form bears out, in words of `party.entity`.
        is_active: It exists now.
        proof: The register's own name for our question, or empty.
    """

    number: str
    names: tuple[str, ...]
    entities: frozenset[str] = FIRM
    is_active: bool = True
    proof: str = ""


@dataclass(frozen=True, slots=True)
class Register:
    """A register that can be asked.

    Attributes:
        title: As people call it.
        home: Where it is, without a slash at the end.
        shape: What its numbers look like.
        path: From a number to what is asked there.
        read: From a number and an answer to what it says; None for no such number.
    """

    title: str
    home: str
    shape: re.Pattern[str]
    path: Callable[[str], str]
    read: Callable[[str, Mapping[str, Any]], Registered | None]


def checked_number(register: Register, text: str) -> str:
    """A number as the register spells it.

    Raises:
        InvalidValue: it is not shaped like one.
    """
    number = re.sub(r"[\s.-]", "", text).upper()
    if not register.shape.fullmatch(number):
        detail = f"{text!r} is no number of {register.title}"
        raise InvalidValue(detail)
    return number


def read_answer(
    register: Register, number: str, *, status: int, body: bytes
) -> Registered | None:
    """What a register says; None where it knows no such number.

    Raises:
        Unavailable: it says neither yes nor no.
    """
    if status in GONE:
        return None
    told: object = None
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        told = None
    if status != OK or not isinstance(told, dict):
        detail = f"{register.title} gives no clear answer (status {status})"
        raise Unavailable(f"{detail}; try again later")
    try:
        return register.read(number, told)
    except (KeyError, TypeError, IndexError, AttributeError):
        detail = f"{register.title} answers in another shape than it used to"
        raise Unavailable(f"{detail}; nothing was changed") from None


def _gleif(number: str, told: Mapping[str, Any]) -> Registered | None:
    about = told["data"]["attributes"]
    entity = about["entity"]
    is_state = entity.get("category") == "RESIDENT_GOVERNMENT_ENTITY"
    standing = about["registration"]["status"]
    return Registered(
        number=str(about["lei"]),
        names=(str(entity["legalName"]["name"]),),
        entities=frozenset({"public"}) if is_state else FIRM,
        is_active=entity["status"] == "ACTIVE" and standing == "ISSUED",
    )


FRENCH_FORMS: tuple[tuple[str, frozenset[str]], ...] = (
    ("5458", frozenset({"coop-worker"})),
    ("5558", frozenset({"coop-worker"})),
    ("5658", frozenset({"coop-worker"})),
    ("51", frozenset({"coop-other"})),
    ("545", frozenset({"coop-other"})),
    ("555", frozenset({"coop-other"})),
    ("565", frozenset({"coop-other"})),
    ("5", FIRM),
    ("92", frozenset({"nonprofit"})),
    ("93", frozenset({"nonprofit"})),
    ("4", frozenset({"public"})),
    ("7", frozenset({"public"})),
)
"""INSEE's legal categories by their first digits; the first that fits counts."""


def _french(number: str, told: Mapping[str, Any]) -> Registered | None:
    for found in told["results"]:
        if found["siren"] != number:
            continue
        names = (found.get("nom_raison_sociale"), found.get("nom_complet"))
        form = str(found.get("nature_juridique") or "")
        fits = (words for start, words in FRENCH_FORMS if form.startswith(start))
        entities = set(next(fits, frozenset()))
        more = found.get("complements") or {}
        entities |= {"sse"} if more.get("est_ess") else set()
        entities |= {"purpose-company"} if more.get("est_societe_mission") else set()
        return Registered(
            number=number,
            names=tuple(str(name) for name in names if name),
            entities=frozenset(entities),
            is_active=found["etat_administratif"] == "A",
        )
    return None


NORWEGIAN_FORMS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        **dict.fromkeys(("AS", "ASA", "ENK", "ANS", "DA", "NUF"), FIRM),
        "SA": frozenset({"coop-other"}),
        "FLI": frozenset({"nonprofit"}),
        "STI": frozenset({"nonprofit"}),
        "KOMM": frozenset({"public"}),
        "FYLK": frozenset({"public"}),
        "STAT": frozenset({"public"}),
    }
)


def _norwegian(number: str, told: Mapping[str, Any]) -> Registered | None:
    form = str(told["organisasjonsform"]["kode"])
    is_over = bool(told.get("slettedato") or told.get("konkurs"))
    return Registered(
        number=str(told["organisasjonsnummer"]),
        names=(str(told["navn"]),),
        entities=NORWEGIAN_FORMS.get(form, frozenset()),
        is_active=not is_over,
    )


REGISTERS: Mapping[str, Register] = MappingProxyType(
    {
        "lei": Register(
            "the LEI register (GLEIF)",
            "https://api.gleif.org",
            re.compile(r"[0-9A-Z]{18}[0-9]{2}"),
            lambda number: f"/api/v1/lei-records/{number}",
            _gleif,
        ),
        "fr": Register(
            "the French register (SIREN)",
            "https://recherche-entreprises.api.gouv.fr",
            re.compile(r"[0-9]{9}"),
            lambda number: f"/search?q={number}&page=1&per_page=5",
            _french,
        ),
        "no": Register(
            "the Norwegian register (Brønnøysund)",
            "https://data.brreg.no",
            re.compile(r"[0-9]{9}"),
            lambda number: f"/enhetsregisteret/api/enheter/{number}",
            _norwegian,
        ),
    }
)
"""Registers by their public name. Public: add, never rename."""

VIES_HOME = "https://ec.europa.eu"
VIES_ROOT = "/taxation_customs/vies/rest-api/ms"


def vies(requester: str = "") -> Register:
    """The EU's register of VAT ids.

    Args:
        requester: Our own VAT id: with it each answer has a consultation number, which
            a tax office takes as evidence; or empty.

    Source: the REST interface of VIES, ec.europa.eu/taxation_customs/vies.
    """

    def path(number: str) -> str:
        asked = f"{VIES_ROOT}/{number[:2]}/vat/{quote(number[2:], safe='')}"
        if not requester:
            return asked
        return (
            f"{asked}?requesterMemberStateCode={requester[:2]}"
            f"&requesterNumber={quote(requester[2:], safe='')}"
        )

    return Register(
        "VIES", VIES_HOME, re.compile(r"[A-Z]{2}[0-9A-Z+*]{2,13}"), path, _vies
    )


def _vies(number: str, told: Mapping[str, Any]) -> Registered | None:
    said = str(told.get("userError") or "VALID")
    if said == "INVALID" or (told["isValid"] is False and said == "VALID"):
        return None
    if said not in {"VALID", "INVALID_REQUESTER_INFO"} or not told["isValid"]:
        # MS_UNAVAILABLE, TIMEOUT, …MAX_CONCURRENT_REQ: nobody said no.
        detail = f"VIES gives no clear answer ({said[:40]}); try again later"
        raise Unavailable(detail)
    name = str(told.get("name") or "").strip()
    return Registered(
        number=number,
        names=() if name in NOT_SAID else (name,),
        proof=str(told.get("requestIdentifier") or ""),
    )
