"""Public test vectors, run by `make conformance VECTORS=<folder>`."""
