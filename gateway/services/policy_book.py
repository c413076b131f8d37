"""The policy book: which set of policies is in force, and how it is replaced.

Replacing is whole or not at all. A set that does not load changes nothing: the one
in force stays, and the outcome says what is wrong with the new one. Whoever asks
for the current set keeps that set for as long as they hold it, so a request never
sees two versions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock

from gateway.kernel.errors import GatewayError, Misconfigured
from gateway.licensing.policy import PolicySet

Load = Callable[[], PolicySet]
Tell = Callable[["ReloadOutcome"], None]


@dataclass(frozen=True, slots=True)
class ReloadOutcome:
    """How a reload went.

    Attributes:
        loaded: The files loaded; their set is in force now.
        changed: And it is another one than before.
        version: The version in force after it.
        collections: How many collections are in force.
        rules: How many rules, each pack counted once.
        faults: What is wrong with the files, one line each; empty when loaded.
    """

    loaded: bool
    changed: bool
    version: str
    collections: int
    rules: int
    faults: tuple[str, ...] = ()


class PolicyBook:
    """Holds the set in force.

    Args:
        load: Reads the policies anew; raises `Misconfigured` where they are faulty.
        hooks: Told of every reload, for logs and metrics.

    Raises:
        Misconfigured: the first set does not load; there is nothing to fall back on.
    """

    def __init__(self, load: Load, hooks: Sequence[Tell] = ()) -> None:
        self._load = load
        self._hooks = tuple(hooks)
        self._one_at_a_time = Lock()
        self._current = load()
        self._last_outcome = self._outcome(changed=True)

    def current(self) -> PolicySet:
        """The set in force."""
        return self._current

    @property
    def last_outcome(self) -> ReloadOutcome:
        """How the latest reload went; the first loading counts as one."""
        return self._last_outcome

    def reload(self) -> ReloadOutcome:
        """Read the policies anew and, if they are faultless, put them in force."""
        with self._one_at_a_time:
            outcome = self._replace()
            self._last_outcome = outcome
        for tell in self._hooks:
            tell(outcome)
        return outcome

    def _replace(self) -> ReloadOutcome:
        try:
            fresh = self._load()
        except Misconfigured as error:
            return self._outcome(changed=False, faults=faults_of(error))
        is_changed = fresh.version != self._current.version
        if is_changed:
            self._current = fresh
        return self._outcome(changed=is_changed)

    def _outcome(self, *, changed: bool, faults: tuple[str, ...] = ()) -> ReloadOutcome:
        policies = self._current
        packs = sum(len(pack.rules) for pack in policies.packs.values())
        own = sum(len(rules) for rules in policies.own_rules.values())
        return ReloadOutcome(
            loaded=not faults,
            changed=changed,
            version=policies.version,
            collections=len(policies.collections),
            rules=packs + own,
            faults=faults,
        )


def faults_of(error: GatewayError) -> tuple[str, ...]:
    """Every fault an error carries, one line each."""
    carried = getattr(error, "faults", None)
    return tuple(str(fault) for fault in carried) if carried else (error.detail,)
