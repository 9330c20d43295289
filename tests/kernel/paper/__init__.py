"""A page to try the renderer with."""
