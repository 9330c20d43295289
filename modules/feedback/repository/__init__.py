"""Every statement of the feedback module."""
