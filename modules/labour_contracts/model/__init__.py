"""What labour contracts and what hangs on them have to say, and may not."""
