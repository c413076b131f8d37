"""The verbs: what the gateway does, one use case per file.

A service puts rooms to work through their ports. It never sees an engine, a
wire format or an HTTP library.
"""
