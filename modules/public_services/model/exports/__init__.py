"""What others read of a procedure, in the words of their standards."""
