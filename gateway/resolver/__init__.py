"""DNS, and the address ranges that operators publish.

Asks whether an address belongs to the operator a client claims to be.
"""
