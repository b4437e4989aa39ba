"""What grading does, through the store and the ports."""
