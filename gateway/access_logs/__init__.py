"""Access logs of front servers: usage is metered from them.

nginx, HAProxy and Caddy deliver by themselves; what their lines say of metered
requests becomes the same events as inline.
"""
