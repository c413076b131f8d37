"""copyfair simulate: past traffic through the policies, nothing installed."""

from gateway.cli.simulate.command import simulate

__all__ = ["simulate"]
