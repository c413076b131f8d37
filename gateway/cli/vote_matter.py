"""What members are asked to decide on: `--ratify`, `--override` and others."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from gateway.bootstrap.house import House
from gateway.fund.endowment import ABOUT
from gateway.fund.voting.decision import Kind
from gateway.fund.voting.vote import Matter
from gateway.kernel.errors import InvalidValue
from gateway.kernel.money import money
from gateway.services.ratification import WORDS, tariff_subject

F = TypeVar("F", bound=Callable[..., Any])

OPTIONS = (
    click.option(
        "--ratify",
        nargs=2,
        default=None,
        metavar="WHAT NAME@VERSION",
        help="tariff, policy or equivalence; of policies `now` is the version.",
    ),
    click.option("--digest", default="", help="SHA-256 of an equivalence table, hex."),
    click.option("--override", default="", metavar="VOTE", help="Which tally."),
    click.option(
        "--weight",
        "weights",
        multiple=True,
        metavar="OPTION=WEIGHT",
        help="What an option weighs instead; every option of the tally.",
    ),
    click.option("--admit", default="", metavar="PARTY", help="Make it a member."),
    click.option("--release", default="", metavar="PARTY", help="Member no more."),
    click.option(
        "--appoint",
        nargs=2,
        default=None,
        metavar="COLLECTION PARTY",
        help="Whom as steward of a collection.",
    ),
    click.option(
        "--release-endowment",
        default="",
        metavar="AMOUNT",
        help="How much the endowment gives the reserve.",
    ),
    click.option("--resolve", default="", metavar="NAME", help="Anything else."),
)


def matter_options(command: F) -> F:
    """Add the options; the command gets them by name."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def matter_of(house: House, title: str, asked: Mapping[str, Any]) -> Matter | None:
    """What members are asked, or None where no option says so.

    Raises:
        InvalidValue: several matters, or one that cannot be.
        NotFound: it is about something that is not there.
    """
    said = [name for name in _MATTERS if asked[name]]
    if len(said) > 1:
        detail = f"one vote is about one thing, not {' and '.join(said)}"
        raise InvalidValue(detail)
    return _MATTERS[said[0]](house, title, asked) if said else None


def _ratify(house: House, _title: str, asked: Mapping[str, Any]) -> Matter:
    word, subject = asked["ratify"]
    if word not in WORDS:
        detail = f"--ratify takes {', '.join(WORDS)}, not {word!r}"
        raise InvalidValue(detail)
    kind, digest = WORDS[word], asked["digest"]
    if kind is Kind.RATIFY_TARIFF:
        subject, digest = _tariff(house, subject)
    elif kind is Kind.RATIFY_POLICY:
        version = house.policies.version
        if subject not in {"now", version}:
            detail = f"the policies in the files have version {version}"
            raise InvalidValue(detail)
        subject, digest = version, ""
    return Matter(kind, subject, digest)


def _tariff(house: House, subject: str) -> tuple[str, str]:
    """A tariff as the policies have it now, or as it was published."""
    name, _, version = subject.partition("@")
    written = house.policies.tariffs.get(name)
    if written is not None and version in {"", f"{written.version}"}:
        return tariff_subject(written)
    number = int(version) if version.isdecimal() and version.isascii() else 0
    return tariff_subject(house.agreements.tariff(name, number))


def _override(_house: House, _title: str, asked: Mapping[str, Any]) -> Matter:
    weights = []
    for text in asked["weights"]:
        name, _, weight = text.partition("=")
        if not weight.isdecimal() or not weight.isascii():
            detail = f"--weight takes an option and a whole number, not {text!r}"
            raise InvalidValue(detail)
        weights.append((name, int(weight)))
    return Matter(Kind.OVERRIDE_WEIGHTS, asked["override"], weights=tuple(weights))


def _admit(house: House, _title: str, asked: Mapping[str, Any]) -> Matter:
    return Matter(Kind.ADMIT_MEMBER, house.parties.show(asked["admit"]).id)


def _release(house: House, _title: str, asked: Mapping[str, Any]) -> Matter:
    return Matter(Kind.RELEASE_MEMBER, house.parties.show(asked["release"]).id)


def _appoint(house: House, _title: str, asked: Mapping[str, Any]) -> Matter:
    collection, party = asked["appoint"]
    steward = house.parties.show(party)
    return Matter(Kind.APPOINT_STEWARD, f"{collection}/{steward.id}")


def _resolve(_house: House, title: str, asked: Mapping[str, Any]) -> Matter:
    digest = hashlib.sha256(title.encode()).hexdigest()
    return Matter(Kind.RESOLVE, asked["resolve"], digest)


def _endow(_house: House, title: str, asked: Mapping[str, Any]) -> Matter:
    amount = money(asked["release_endowment"])
    if amount.minor <= 0:
        raise InvalidValue("the endowment gives an amount above 0")
    digest = hashlib.sha256(title.encode()).hexdigest()
    return Matter(Kind.RESOLVE, f"{ABOUT}{amount}", digest)


_MATTERS: Mapping[str, Callable[[House, str, Mapping[str, Any]], Matter]] = {
    "ratify": _ratify,
    "override": _override,
    "admit": _admit,
    "release": _release,
    "appoint": _appoint,
    "release_endowment": _endow,
    "resolve": _resolve,
}
