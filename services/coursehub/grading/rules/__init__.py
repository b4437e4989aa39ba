"""What grading decides, without touching anything."""
