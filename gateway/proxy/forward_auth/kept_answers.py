"""Answers that wait for a front server to fetch them.

nginx hears only yes or no from a subrequest. It is told no, and asks again for the
answer itself; deciding a second time could spend a budget twice, or say yes.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from gateway.web.answer import Answer

ANSWERS_MAX = 2_048


@dataclass(slots=True)
class KeptAnswers:
    """The latest answers by request id; a cached no may be fetched more than once."""

    answers_max: int = ANSWERS_MAX
    _answers: OrderedDict[str, Answer] = field(default_factory=OrderedDict)

    def keep(self, request_id: str, answer: Answer) -> None:
        """Keep an answer; the oldest makes room."""
        self._answers[request_id] = answer
        while len(self._answers) > self.answers_max:
            self._answers.popitem(last=False)

    def of(self, request_id: str) -> Answer | None:
        """The answer; None where it is gone, or never was."""
        return self._answers.get(request_id)
