"""At the shell."""
