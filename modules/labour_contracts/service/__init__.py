"""Contracts from the draft on, and what a licensed provider tells of them."""
