"""Live rounds: what people earned by contribution divides what the commons earned.

Voice in a round is credit from vested contribution; no money enters a rule here.
"""
