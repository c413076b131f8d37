"""What may be done with what, on which terms?

Collections, policies, tariffs, offers and agreements, and the decision they
lead to. An answer is a value; only a broken promise raises.
"""
