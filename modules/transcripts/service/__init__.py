"""Writing records, standing by them, having them signed."""
