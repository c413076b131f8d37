"""How money really moves.

SEPA files, payment providers, and what they report back.
"""
