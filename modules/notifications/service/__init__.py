"""What notifications do."""
