"""Notice to a very large taker: told 30 days ahead, or it has no effect."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.kernel.clock import US_PER_DAY

AHEAD_DAYS = 30


@dataclass(frozen=True, slots=True)
class Notice:
    """That a beneficial owner was told, or is told no longer.

    Attributes:
        id: `ntc_…`.
        owner_id: The beneficial owner.
        permille: Its share when it was told.
        takers: Among how many.
        by: Who told it.
        told_us: When.
        is_lifted: The notice before is taken back: it no longer counts as very large.
    """

    id: str
    owner_id: str
    permille: int
    takers: int
    by: str
    told_us: int
    is_lifted: bool = False


def notice_days(notices: Iterable[Notice], *, at_us: int) -> int | None:
    """For how many whole days an owner has known; None where no notice stands.

    Args:
        notices: Of one owner, oldest first. The same again starts no new month.
        at_us: At which instant.
    """
    since: int | None = None
    for each in notices:
        if each.told_us > at_us:
            break
        if each.is_lifted:
            since = None
        elif since is None:
            since = each.told_us
    return None if since is None else (at_us - since) // US_PER_DAY
