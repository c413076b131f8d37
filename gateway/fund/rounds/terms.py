"""Under what a live round is run: a rule and its parameters, told in exact words."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from gateway.fund.rules.sharing import Limits
from gateway.kernel.errors import InvalidValue

Told = tuple[tuple[str, str], ...]
"""Name of a parameter and its exact value: `1/5`, `250`."""

EQUAL = "equal"
RULES: tuple[str, ...] = (
    "proportional",
    "quadratic",
    "capital-constrained",
    "pairwise",
    "cluster-match",
    "conviction",
    "balanced",
    "flow",
    "shapley",
)
"""What a round can be opened under; `equal` is for a year in which there is little."""

DIGITS_MAX = 30


@dataclass(frozen=True, slots=True)
class Terms:
    """A rule and its parameters; those a rule does not ask for are not told.

    Attributes:
        rule: One of `RULES`, or `equal`.
        cap_share: At most this share of an option's part for one beneficial owner.
        minimum: Whoever would get less of an option, in minor units, gets nothing.
        alpha: capital-constrained: how much counts quadratically, 0 to 1.
        bound: pairwise: M, in hundredths of a credit, above 0.
        kept: conviction: what is left of a day's conviction the day after, below 1.
        damping: flow: which part flows on, below 1.
    """

    rule: str
    cap_share: Fraction = Fraction(1)
    minimum: int = 0
    alpha: Fraction = Fraction(1, 2)
    bound: int = 2_500
    kept: Fraction = Fraction(9, 10)
    damping: Fraction = Fraction(85, 100)

    def __post_init__(self) -> None:
        if self.rule not in (*RULES, EQUAL):
            detail = f"there is no rule {self.rule!r}; there are {', '.join(RULES)}"
            raise InvalidValue(detail)
        if not 0 <= self.alpha <= 1:
            raise InvalidValue("alpha is 0 (proportional) to 1 (quadratic)")
        if self.bound <= 0:
            raise InvalidValue("the bound on a pair is above 0")
        for name, value in (("kept", self.kept), ("damping", self.damping)):
            if not 0 <= value < 1:
                detail = f"{name} is 0 to below 1"
                raise InvalidValue(detail)
        Limits(self.cap_share, self.minimum)

    @property
    def limits(self) -> Limits:
        """Cap and minimum; what is left over goes to the largest remainders."""
        return Limits(self.cap_share, self.minimum)

    def told(self) -> Told:
        """What the rule asks for, by name, exactly."""
        asked = PARAMETERS.get(self.rule, ())
        values = {
            "cap_share": str(self.cap_share),
            "minimum": str(self.minimum),
            **{name: str(getattr(self, name)) for name in asked},
        }
        return tuple(sorted(values.items()))


PARAMETERS = {
    "capital-constrained": ("alpha",),
    "pairwise": ("bound",),
    "conviction": ("kept",),
    "flow": ("damping",),
}
_WHOLE = ("minimum", "bound")


def terms_in(rule: str, told: Told) -> Terms:
    """Read what `Terms.told` wrote.

    Raises:
        InvalidValue: a parameter is unknown, missing, or no exact number.
    """
    expected = {"cap_share", "minimum", *PARAMETERS.get(rule, ())}
    if {name for name, _ in told} != expected or len(told) != len(expected):
        detail = f"the rule {rule} has the parameters {', '.join(sorted(expected))}"
        raise InvalidValue(detail)
    values: dict[str, Fraction | int] = {}
    for name, text in told:
        number = exact(text)
        if name in _WHOLE and number.denominator != 1:
            detail = f"{name} is a whole number, not {text}"
            raise InvalidValue(detail)
        values[name] = int(number) if name in _WHOLE else number
    made = Terms(rule, **values)  # type: ignore[arg-type]  # whole where it must be
    if made.told() != told:
        raise InvalidValue("parameters are told in their one spelling, by name")
    return made


def exact(text: str) -> Fraction:
    """`1/5` or `250`, exactly.

    Raises:
        InvalidValue: it is no such number.
    """
    above, _, below = text.partition("/")
    parts = (above, below or "1")
    is_number = all(
        part.isascii() and part.isdecimal() and len(part) <= DIGITS_MAX
        for part in parts
    )
    if not is_number or not int(parts[1]):
        detail = f"{text[:40]!r} is no exact number such as 1/5"
        raise InvalidValue(detail)
    return Fraction(int(parts[0]), int(parts[1]))
