"""Published tariffs against the files: a version never changes its terms."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.licensing.policy import PolicySet
from gateway.licensing.tariff import Tariff


def tariff_conflicts(
    policies: PolicySet, published: Iterable[Tariff]
) -> tuple[str, ...]:
    """Tariffs that were edited under a version that is published already.

    Nobody can accept an offer at such a tariff.

    Args:
        policies: As they stand in the files.
        published: Every published version, as `Agreements.tariffs` gives them.

    Returns:
        A sentence for each, with the remedy; by id.
    """
    known = {(each.id, each.version): each for each in published}
    return tuple(
        f"tariff {tariff.id} version {tariff.version} is published with other terms, "
        f"so nobody can accept its offer: raise it to version {tariff.version + 1}"
        for _, tariff in sorted(policies.tariffs.items())
        if known.get((tariff.id, tariff.version), tariff) != tariff
    )
