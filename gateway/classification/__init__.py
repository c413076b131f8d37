"""What are they, and how do we know?

Facts with their evidence, the known agents, the signals that speak for or
against a claim, and the one function that turns them into a class.
"""
