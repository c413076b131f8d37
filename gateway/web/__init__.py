"""The manners that all entrances share.

Problems (the only table from an answer to HTTP), middleware, security headers,
structured fields and templates. An entrance may know this package, never
another entrance.
"""
