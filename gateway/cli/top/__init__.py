"""copyfair top: who eats us now, and which page class."""

from gateway.cli.top.command import top

__all__ = ["top"]
