"""Shapes and pure rules of notifications."""
