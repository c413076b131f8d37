"""Games that are played over and over, to see who ends up with what."""
