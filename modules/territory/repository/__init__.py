"""Every statement of the territory."""
