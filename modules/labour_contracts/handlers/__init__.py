"""The module's routes and pages."""
