"""The words and the pure rules of field reports; nothing here asks the database."""
