"""Tariffs: what a price list may hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gateway.kernel.errors import InvalidValue
from gateway.kernel.money import MICROS_PER_MAJOR, minor_digits
from gateway.licensing.brackets_over import BracketsOver
from gateway.licensing.publish_checks import body_digest, tariff_faults
from gateway.licensing.royalties import Royalties, RoyaltyBracket
from gateway.licensing.tariff import Bracket, Minimum, Tariff
from gateway.policy_files.documents import mark_at
from gateway.policy_files.reader import Mapping as Keys
from gateway.policy_files.reader import Text
from gateway.policy_files.scalars import (
    CURRENCY,
    DAYS,
    FIGURE,
    ID,
    NAME,
    PERCENT,
    PRICE,
    QUANTITY,
    RATE,
    WHOLE,
)
from gateway.policy_files.shapes import Key, ListOf, MapOf, Notes, Record, Word

OVER = Word("span", tuple(BracketsOver))
TURNOVER = "turnover"


def _bracket(values: dict[str, Any], node: Keys, _notes: Notes) -> Any:
    return values.get("up_to"), values["price"], node


BRACKET = Record(
    "bracket",
    {
        "up_to": Key(QUANTITY, "Where it ends; the last has none."),
        "price": Key(PRICE, "Per unit, in the tariff's currency.", required=True),
    },
    _bracket,
)
SETTLEMENT = Record(
    "settlement",
    {
        "contribution": Key(PERCENT, "Up to how much may be settled in kind."),
        "openness": Key(
            Record("openness", {"weights+data": Key(PERCENT, "Rebate on proof.")}),
            "Rebates on an open result.",
        ),
    },
)


MINIMUM = Record(
    "minimum",
    {
        "per": Key(OVER, "For each calendar year or month.", required=True),
        "amount": Key(PRICE, "At least, in the tariff's currency.", required=True),
    },
)
ROYALTY_BRACKET = Record(
    "royalty bracket",
    {
        "up_to": Key(PRICE, "Turnover where it ends; the last has none."),
        "rate": Key(RATE, "Percent of the turnover in it.", required=True),
    },
)
ROYALTIES = Record(
    "royalties",
    {
        "basis": Key(
            Word("basis", (TURNOVER,)), "What the rates are taken of.", required=True
        ),
        "over": Key(OVER, "Declared for each year or month.", required=True),
        "brackets": Key(
            ListOf(ROYALTY_BRACKET), "Marginal; never falling.", required=True
        ),
    },
)


def _tariff(values: dict[str, Any], node: Keys, notes: Notes) -> Any:
    metered, per_units = values["per"]
    brackets: list[Bracket] = []
    for up_to, price, place in values["brackets"]:
        if up_to is not None and up_to[0] is not metered:
            detail = f"the tariff counts {metered.value}, this bracket {up_to[0].value}"
            notes.fault(mark_at(place, ("up_to",)), detail)
        brackets.append(Bracket(up_to[1] if up_to else None, price))
    settlement = values.get("settlement", {})
    tariff = Tariff(
        id=values["tariff"],
        version=values["version"],
        currency=values["currency"],
        metered=metered,
        per_units=per_units,
        per_label=str(node[Text("per")]),
        brackets=tuple(brackets),
        brackets_over=BracketsOver(values.get("brackets_over", BracketsOver.YEAR)),
        settlement_contribution_percent=settlement.get("contribution", 0),
        openness_rebate_percent=settlement.get("openness", {}).get("weights+data", 0),
        guaranteed_offer_days=values.get("guaranteed_offer", 32),
        derivation=tuple(values.get("derivation", {}).items()),
        minimum=_minimum(values, node, notes),
        royalties=_royalties(values, node, notes),
        shares=tuple(sorted(values.get("shares", {}).items())),
    )
    for finding in tariff_faults(tariff):
        notes.fault(mark_at(node, finding.key), finding.message, finding.suggestion)
    return replace(tariff, body_sha256=body_digest(tariff)), node


def _minimum(values: dict[str, Any], node: Keys, notes: Notes) -> Minimum | None:
    told = values.get("minimum")
    if told is None:
        return None
    place = mark_at(node, ("minimum", "amount"))
    minor = _minor(told["amount"], values["currency"])
    if minor is None:
        notes.fault(place, *_UNCOUNTABLE)
    return Minimum(BracketsOver(told["per"]), minor or 0)


def _royalties(values: dict[str, Any], node: Keys, notes: Notes) -> Royalties | None:
    told = values.get("royalties")
    if told is None:
        return None
    brackets: list[RoyaltyBracket] = []
    for number, each in enumerate(told["brackets"]):
        up_to = each.get("up_to")
        minor = None if up_to is None else _minor(up_to, values["currency"])
        if up_to is not None and minor is None:
            place = mark_at(node, ("royalties", "brackets", number, "up_to"))
            notes.fault(place, *_UNCOUNTABLE)
            minor = 0
        brackets.append(RoyaltyBracket(minor, each["rate"]))
    return Royalties(BracketsOver(told["over"]), tuple(brackets))


_UNCOUNTABLE = ("the currency has no coin that small", "write whole cents")


def _minor(micros: int, currency: str) -> int | None:
    """Micros as whole minor units; None where they are none."""
    try:
        per_minor = MICROS_PER_MAJOR // 10 ** minor_digits(currency)
    except InvalidValue:
        return 0  # the currency itself is a fault already
    return None if micros % per_minor else micros // per_minor


def _judge_tariff(sound: dict[str, Any], node: Keys, notes: Notes) -> None:
    """Say of a faulty tariff what its sound keys are enough for."""
    if sound.keys() >= {"per", "brackets"}:
        stand_ins = {"tariff": "", "version": 1, "currency": "EUR"}
        _tariff({**stand_ins, **sound}, node, notes)


TARIFF = Record(
    "tariff",
    {
        "tariff": Key(ID, "As the file is called.", required=True),
        "version": Key(WHOLE, "From 1; a published one never changes.", required=True),
        "currency": Key(CURRENCY, "ISO 4217.", required=True),
        "per": Key(QUANTITY, "What a price stands for: 1 GiB.", required=True),
        "brackets_over": Key(OVER, "Over which the position accumulates."),
        "brackets": Key(ListOf(BRACKET), "Marginal; never falling.", required=True),
        "minimum": Key(MINIMUM, "What a used agreement pays at least."),
        "royalties": Key(ROYALTIES, "Paid on declared turnover, beside use."),
        "shares": Key(
            MapOf(ID, WHOLE),
            "Collection to weight, where income is divided by published weights.",
        ),
        "derivation": Key(MapOf(NAME, FIGURE), "What the price is made of."),
        "settlement": Key(SETTLEMENT, "How else it can be settled."),
        "guaranteed_offer": Key(DAYS, "Then the published tariff applies."),
    },
    _tariff,
    _judge_tariff,
)
