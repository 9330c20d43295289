"""Shapes and pure rules of the catalogue."""
