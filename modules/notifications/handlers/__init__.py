"""What notifications answer over HTTP."""
