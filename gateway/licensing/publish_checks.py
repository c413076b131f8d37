"""What must be true of a tariff and a collection before they are published.

Each check answers with findings that name the place and the figures, so that a
person can mend the file; it never raises, and finds everything at once.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from itertools import pairwise

from gateway.kernel.errors import InvalidValue
from gateway.kernel.money import Money, minor_digits
from gateway.licensing.collection import Basis, Collection, Rights
from gateway.licensing.offer import price_words, quantity_words, rate_words
from gateway.licensing.tariff import Tariff

BRACKETS_MAX = 100
COST_MULTIPLE_MAX = 10

Key = tuple[str | int, ...]

# Licences that grant what a price would have to withhold. SPDX identifiers;
# versions and ports of a licence follow its name.
FREE_ALREADY = (
    "CC0-",
    "CC-PDM-",
    "CC-PDDC",
    "PDDL-",
    "CC-BY-SA-",
    "ODbL-",
    "ODC-By-",
)
PUBLIC_DOMAIN = ("LicenseRef-PublicDomain", "LicenseRef-public-domain")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        key: The path of keys to it: `("brackets", 2, "price")`.
        message: One sentence with figures.
        suggestion: What to do, or empty.
    """

    key: Key
    message: str
    suggestion: str = ""


def tariff_faults(tariff: Tariff, previous: Tariff | None = None) -> list[Finding]:
    """Everything that forbids publishing *tariff*.

    Args:
        tariff: What is to be published.
        previous: The version that was published last under this id, if any.
    """
    findings = [*_currency(tariff), *_ends(tariff), *_prices(tariff)]
    findings += [*_royalties(tariff), *_shares(tariff)]
    if tariff.version < 1:
        findings.append(Finding(("version",), "versions count from 1"))
    if previous is not None:
        findings += history_faults(tariff, previous)
    return findings


def collection_faults(collection: Collection) -> list[Finding]:
    """Terms a collection must not set, because it has no right to."""
    if collection.basis is not Basis.LICENCE:
        return []
    if collection.rights is Rights.NONE:
        detail = "basis licence with rights none: nobody here can license this"
        return [Finding(("basis",), detail, "write basis: service")]
    if is_free_already(collection.licence):
        detail = f"basis licence on {collection.licence}: everybody may use it already"
        hint = "write basis: service; machine access as a service may be charged"
        return [Finding(("basis",), detail, hint)]
    return []


def is_free_already(licence: str) -> bool:
    """Does the licence already grant commercial use to everybody?"""
    name = licence.casefold()
    if any(name.startswith(prefix.casefold()) for prefix in FREE_ALREADY):
        return True
    if any(name.startswith(prefix.casefold()) for prefix in PUBLIC_DOMAIN):
        return True
    # CC-BY-4.0 and its ports, but not CC-BY-NC-… and CC-BY-ND-….
    return name.startswith("cc-by-") and name.removeprefix("cc-by-")[:1].isdigit()


def cost_warning(tariff: Tariff, cost_micros: int) -> str:
    """A warning where a price is more than ten times the measured cost, or empty.

    Args:
        tariff: What is to be published.
        cost_micros: Measured cost of `per_units` units, micros.
    """
    highest = max(bracket.price_micros for bracket in tariff.brackets)
    if cost_micros <= 0 or highest <= COST_MULTIPLE_MAX * cost_micros:
        return ""
    price = price_words(highest, tariff.currency)
    cost = price_words(cost_micros, tariff.currency)
    return (
        f"{price} per {tariff.per_label} is more than {COST_MULTIPLE_MAX} times the "
        f"measured cost of {cost}; say why in the derivation"
    )


def body_digest(tariff: Tariff) -> str:
    """SHA-256 over everything that decides a price, hex; comments do not count."""
    body = {
        "tariff": tariff.id,
        "version": tariff.version,
        "currency": tariff.currency,
        "metered": tariff.metered.value,
        "per_units": tariff.per_units,
        "brackets": [[each.up_to, each.price_micros] for each in tariff.brackets],
        "brackets_over": tariff.brackets_over.value,
        "contribution_percent": tariff.settlement_contribution_percent,
        "openness_percent": tariff.openness_rebate_percent,
        "guaranteed_offer_days": tariff.guaranteed_offer_days,
        "derivation": [list(pair) for pair in tariff.derivation],
    }
    # What a tariff of old could not say is left out, so that its digest stays.
    if tariff.minimum:
        body["minimum"] = [tariff.minimum.per.value, tariff.minimum.minor]
    if tariff.royalties:
        rates = [[each.up_to_minor, each.rate_bp] for each in tariff.royalties.brackets]
        body["royalties"] = [tariff.royalties.over.value, rates]
    if tariff.shares:
        body["shares"] = [list(pair) for pair in tariff.shares]
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _currency(tariff: Tariff) -> list[Finding]:
    try:
        minor_digits(tariff.currency)
    except InvalidValue as error:
        return [Finding(("currency",), error.detail)]
    return []


def _ends(tariff: Tariff) -> list[Finding]:
    brackets = tariff.brackets
    if not brackets:
        return [Finding(("brackets",), "a tariff needs at least one bracket")]
    findings: list[Finding] = []
    if len(brackets) > BRACKETS_MAX:
        detail = f"{len(brackets)} brackets; at most {BRACKETS_MAX}"
        findings.append(Finding(("brackets",), detail))
    last = len(brackets) - 1
    if brackets[last].up_to is not None:
        detail = "the last bracket must be open-ended, or something has no price"
        findings.append(Finding(("brackets", last, "up_to"), detail, "leave up_to out"))
    findings += [
        Finding(("brackets", number), "only the last bracket may be open-ended")
        for number, bracket in enumerate(brackets[:last])
        if bracket.up_to is None
    ]
    previous = 0
    for number, bracket in enumerate(brackets):
        if bracket.up_to is None:
            continue
        if bracket.up_to <= previous:
            ends = quantity_words(tariff.metered, bracket.up_to)
            begins = quantity_words(tariff.metered, previous)
            detail = f"the bracket ends at {ends}, where {begins} are already priced"
            hint = "sort the brackets by up_to"
            findings.append(Finding(("brackets", number, "up_to"), detail, hint))
        previous = max(previous, bracket.up_to)
    return findings


def _prices(tariff: Tariff) -> list[Finding]:
    findings: list[Finding] = []
    for number, (lower, higher) in enumerate(pairwise(tariff.brackets), start=1):
        if higher.price_micros < lower.price_micros:
            before = price_words(lower.price_micros, "EUR").removesuffix(" EUR")
            after = price_words(higher.price_micros, "EUR").removesuffix(" EUR")
            detail = (
                f"the price falls from {before} to {after} {tariff.currency} per "
                f"{tariff.per_label}: larger would be cheaper"
            )
            hint = f"at least {before}"
            findings.append(Finding(("brackets", number, "price"), detail, hint))
    return findings


def _royalties(tariff: Tariff) -> list[Finding]:
    if tariff.royalties is None:
        return []
    brackets, where = tariff.royalties.brackets, ("royalties", "brackets")
    findings: list[Finding] = []
    if brackets[-1].up_to_minor is not None:
        detail = "the last bracket must be open-ended, or some turnover has no rate"
        key = (*where, len(brackets) - 1, "up_to")
        findings.append(Finding(key, detail, "leave up_to out"))
    for number, (lower, higher) in enumerate(pairwise(brackets), start=1):
        if lower.up_to_minor is None:
            detail = "only the last bracket may be open-ended"
            findings.append(Finding((*where, number - 1), detail))
        elif higher.up_to_minor is not None and higher.up_to_minor <= lower.up_to_minor:
            detail = (
                f"the bracket ends at {Money(higher.up_to_minor, tariff.currency)},"
                f" where {Money(lower.up_to_minor, tariff.currency)} are rated already"
            )
            hint = "sort the brackets by up_to"
            findings.append(Finding((*where, number, "up_to"), detail, hint))
        if higher.rate_bp < lower.rate_bp:
            before, after = rate_words(lower.rate_bp), rate_words(higher.rate_bp)
            detail = f"the rate falls from {before} to {after}: larger would be cheaper"
            key = (*where, number, "rate")
            findings.append(Finding(key, detail, f"at least {before}"))
    return findings


def _shares(tariff: Tariff) -> list[Finding]:
    if tariff.shares and not any(weight for _, weight in tariff.shares):
        return [Finding(("shares",), "no collection has a weight above 0")]
    return []


def history_faults(tariff: Tariff, previous: Tariff) -> list[Finding]:
    """What forbids publishing *tariff* after the version that was published last."""
    if tariff.version < previous.version:
        detail = (
            f"version {tariff.version} is older than version {previous.version}, "
            "which is published"
        )
        hint = f"write version: {previous.version + 1}"
        return [Finding(("version",), detail, hint)]
    is_changed = body_digest(tariff) != body_digest(previous)
    if tariff.version == previous.version and is_changed:
        detail = f"version {tariff.version} is published and cannot change any more"
        hint = f"write version: {previous.version + 1}"
        return [Finding(("version",), detail, hint)]
    if tariff.version > previous.version and tariff.currency != previous.currency:
        detail = (
            f"version {previous.version} is in {previous.currency}; a tariff keeps "
            "its currency"
        )
        return [Finding(("currency",), detail, "give the tariff a new id")]
    return []
