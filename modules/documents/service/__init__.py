"""What the module does, one file for each of its promises."""
