"""Signing in: the pages a person sees, and the ways to prove who they are."""
