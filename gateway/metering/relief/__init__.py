"""Relief: the page is protected, the person is not judged.

What is expensive, who goes first, and what is forgotten when. Everything here is a
rule on ticks that are handed in; who waits and who answers is somebody else's work.
"""
