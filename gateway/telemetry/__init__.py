"""What operators see: log lines and metrics.

Rooms neither log nor count; they report through hooks that this package fills.
Only this package knows structlog and prometheus-client.
"""
