"""Allocation rules: named pure functions from what people gave to shares of a pool.

Contributions are whole units. A square root is `isqrt(c · 10³⁶)`: scale 10¹⁸, rounded
down. Nothing here reads a store, a clock, or chance.
"""
