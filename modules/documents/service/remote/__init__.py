"""Signing with keys that providers keep for people."""
