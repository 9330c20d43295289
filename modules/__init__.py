"""The modules of this distribution. Each is found by its entry point, like a stranger's."""
