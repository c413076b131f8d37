"""What may pass now, and what did?

Budgets, caps and lanes admit a request; intents and usage events say, exactly
once, what then really passed.
"""
