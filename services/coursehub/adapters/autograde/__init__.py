"""nbgrader on the trusted side, the student's code in a sandbox on the other."""
