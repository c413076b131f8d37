"""Says in the log that metering falls behind, and that it has caught up."""

from __future__ import annotations

from gateway.storage.group_commit import WriterHooks
from gateway.telemetry.log import Log


class WriterWatch:
    """Hears the writer of intents and events, on its own thread."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._is_behind = False

    @property
    def hooks(self) -> WriterHooks:
        """What to hand to the writer."""
        return WriterHooks(kept=self._kept, refused=self._refused, lost=self._lost)

    def _kept(self, events: int, why: str) -> None:
        is_behind = bool(why)
        if is_behind and not self._is_behind:
            self._log.say("metering.behind", reason=why, events_kept=events)
        if self._is_behind and not is_behind:
            self._log.say("metering.caught-up")
        self._is_behind = is_behind

    def _refused(self, why: str) -> None:
        self._log.say("metering.refused", reason=why)

    def _lost(self, events: int) -> None:
        self._log.say("metering.lost", events=events)
