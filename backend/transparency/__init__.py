"""Logs that nobody can rewrite unseen: trees of hashes, signed notes, tiles, and a witness.

Shared by whoever keeps such a log: issued documents, and the looks at personal data.
"""
