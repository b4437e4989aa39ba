"""A large roster's sync, beside one call of the Hub for each person and group member."""
