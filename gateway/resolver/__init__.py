"""DNS: whose name has an address, both ways?

Asks whether an address belongs to the operator a client claims to be.
"""
