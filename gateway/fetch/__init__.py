"""Outbound HTTP that cannot be turned against us.

Fetches directories and key sets for others, with limits, and never from a
private address.
"""
