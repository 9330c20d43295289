"""What can be wrong with the machine we run on, said so that the reader knows what to type."""


class LocalProblem(Exception):
    """Something outside the program is in the way; the text ends with what to do about it."""
