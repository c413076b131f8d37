"""What every metered answer says beside the archive's own fields.

`RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10) tell what
is left of the tightest cap where it counts requests or bytes; `Copyfair-Cap` tells it
where it counts money, for which the draft has no unit. Nothing where nothing is
limited. Names of caps are plain words of ours, so nothing has to be escaped.
"""

from __future__ import annotations

from functools import lru_cache

from gateway.kernel.money import MICROS_PER_MAJOR, minor_digits
from gateway.licensing.decision import Meter
from gateway.metering.room import Room
from gateway.proxy.exchange import HeaderPairs
from gateway.web.structured_fields import decision_field, rate_limit_policy


def metered_fields(meter: Meter, room: Room | None) -> HeaderPairs:
    """`Copyfair-Decision`, and what is left of the tightest cap."""
    decided = decided_fields(meter)
    return decided if room is None else (*decided, *room_fields(room))


def room_fields(room: Room) -> HeaderPairs:
    """What is left of a cap, as fields of an answer."""
    again = f";t={room.resets_in_s}" if room.resets_in_s else ""
    if room.counted == "money" and not room.currency:
        return ()  # nothing is sold here, so nothing is said of money
    if room.counted == "money":
        micros_per_minor = MICROS_PER_MAJOR // 10 ** minor_digits(room.currency)
        left, whole = room.left // micros_per_minor, room.limit // micros_per_minor
        said = f'"{room.name}";r={left};q={whole};currency="{room.currency}"{again}'
        return (("Copyfair-Cap", said),)
    policy = _policy(room.name, room.limit, room.window_s, counted=room.counted)
    return (policy, ("RateLimit", f'"{room.name}";r={room.left}{again}'))


@lru_cache(maxsize=256)
def _policy(name: str, limit: int, window_s: int, *, counted: str) -> tuple[str, str]:
    field = rate_limit_policy(name, limit=limit, window_s=window_s, counted=counted)
    return ("RateLimit-Policy", field)


def decided_fields(meter: Meter) -> HeaderPairs:
    """What every metered answer under a rule says; allowed is what standing pays."""
    word = "allow" if meter.spends_standing else "meter"
    return _decided(word, meter.ruling.rule, meter.ruling.reason)


@lru_cache(maxsize=256)
def _decided(word: str, rule: str, reason: str) -> HeaderPairs:
    """One object, rendered once."""
    field = decision_field(decision=word, rule=rule, reason=reason)
    return (("Copyfair-Decision", field),)
