"""Full LTI launches through a Hub with coursehub and one with ltiauthenticator, turn about."""
