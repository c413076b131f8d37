"""The benchmark: we and our peers, side by side in one run. `python -m bench`."""
