"""The data plane: one request, six verbs.

Accept, identify, classify, decide, forward, meter. Read the handler aloud and
the gateway is explained.
"""
