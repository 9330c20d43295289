"""Every SQL statement of the module."""
