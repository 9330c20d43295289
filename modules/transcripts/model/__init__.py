"""What a school record says, and how it is reckoned."""
