"""The course file: how it is read, what differs between two, and how a term moves."""
