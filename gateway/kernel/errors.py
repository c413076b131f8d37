"""Every way the gateway can fail on purpose.

GatewayError
├── InvalidValue      a value that must not exist was about to
├── NotFound          the thing that was named does not exist
├── Conflict          the same id was used for something else, or a state forbids it
├── Unavailable       something we need does not answer now; comes back by itself
│   └── UpstreamFailed    the archive behind us did not answer properly
└── Misconfigured     an operator must act before we can serve

A refusal by policy is not in this family: it is an answer, not a failure (see
`gateway.licensing.decision`). Anything else that escapes is a bug: the client
sees "internal-error", the operator sees the traceback.
"""

from __future__ import annotations

from typing import ClassVar


class GatewayError(Exception):
    """Base of the family. Never raised itself.

    Attributes:
        code: Stable, machine-readable, kebab-case. Part of our public API.
        detail: One sentence a stranger may read. No secrets, no internals.
    """

    code: ClassVar[str]

    def __init__(self, detail: str) -> None:
        if type(self) is GatewayError:
            message = "raise a member of the family, not its base"
            raise TypeError(message)
        super().__init__(detail)
        self.detail = detail


class InvalidValue(GatewayError):
    """A value that must not exist was about to."""

    code = "invalid-value"


class NotFound(GatewayError):
    """The thing that was named does not exist."""

    code = "not-found"


class Conflict(GatewayError):
    """The same id was used for something else, or the state forbids the step."""

    code = "conflict"


class Unavailable(GatewayError):
    """Something we need does not answer now.

    Attributes:
        retry_after_s: Whole seconds after which another try makes sense.
    """

    code = "unavailable"

    def __init__(self, detail: str, *, retry_after_s: int = 30) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class UpstreamFailed(Unavailable):
    """The archive behind us did not answer, or not properly.

    Attributes:
        timed_out: The upstream was too slow, rather than wrong or gone.
        kind: `timeout`, `refused`, `broken` (off half-way) or `malformed`.
    """

    code = "upstream-failed"

    def __init__(
        self,
        detail: str,
        *,
        timed_out: bool = False,
        kind: str = "malformed",
        retry_after_s: int = 30,
    ) -> None:
        super().__init__(detail, retry_after_s=retry_after_s)
        self.timed_out = timed_out
        self.kind = "timeout" if timed_out else kind


class Misconfigured(GatewayError):
    """An operator must act before we can serve."""

    code = "misconfigured"
