"""Forward-auth: a front server asks whether a request may pass, and passes it itself.

The third door: the same reading, the same admission and the same answers as inline.
"""
