"""What the territory does, by subject."""
