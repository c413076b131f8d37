"""The origin behind us.

Forwards the raw target, cleans the headers that must not pass, keeps limits
and pools, and streams both ways without ever holding a whole body.
"""
