"""copyfair export: the part of the policies that a front server can hold itself."""

from gateway.cli.export.command import export

__all__ = ["export"]
