"""What the module does."""
