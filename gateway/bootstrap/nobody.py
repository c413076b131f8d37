"""Nobody: what is put in where nothing is looked up and nothing switched."""

from __future__ import annotations

from gateway.kernel.request import Request


def never() -> bool:
    """Nothing is passed on."""
    return False


class NobodyAsked:
    """Names are not looked up."""

    def __call__(self, address: str, domains: tuple[str, ...]) -> bool | None:
        """Nobody knows."""
        return None


class Unsigned:
    """Signatures are not looked at."""

    def __call__(self, asked: Request, *, now_s: int) -> None:
        """There is none."""
