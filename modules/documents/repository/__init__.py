"""Every statement of the module."""
