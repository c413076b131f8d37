"""Access logs of other servers, read as if the requests were live.

nginx, Apache, Caddy, Traefik, HAProxy and JSON lines become the same facts
that a live request gives.
"""
