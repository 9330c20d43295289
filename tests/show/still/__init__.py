"""What makes a house that is pictured look the same each time; `lodged(still=True)` asks for it."""
