"""The class that can be played without a person, and who plays in it."""
