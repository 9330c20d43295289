"""What the feedback module does."""
