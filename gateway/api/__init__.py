"""The control plane in JSON.

Health, readiness, metrics, forward authentication and the versioned API of the
admin listener.
"""
