"""The pages of our own, and the one place that knows the template library.

Templates format, they never compute: each is given one frozen view.
"""
