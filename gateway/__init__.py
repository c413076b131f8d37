"""Copyfair Gateway: a request climbs down the stairs and comes back as money.

The rooms of this package are described in ARCHITECTURE.md. A room may know the
rooms below it, never one above; import-linter holds the house to that.
"""
