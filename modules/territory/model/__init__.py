"""The words and rules of the territory; nothing here asks a database."""
