"""What machines read before they ask for anything else.

robots.txt, RSL, Content-Usage, the TDM reservation protocol and the well-known
files.
"""
