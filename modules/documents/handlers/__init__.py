"""HTTP: what anyone may read and verify, and what the people of a document do with it."""
