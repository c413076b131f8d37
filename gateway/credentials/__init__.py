"""What proves a claim: tokens, signatures, passes, and the keys behind them.

JSON web tokens, HTTP message signatures and the key ring. Only this package
knows PyJWT.
"""
