"""Past traffic through the policies: who took what, and whom a rule would have hurt.

The gate asks the very admission that live requests meet, on a virtual clock.
"""
