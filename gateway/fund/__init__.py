"""Whose is the money?

A double-entry journal, the waterfall, and the rules by which a round is
divided among those who made the data. Nothing is lost, nobody is favoured.
"""
