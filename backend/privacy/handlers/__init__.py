"""What people ask of us, and what the desk answers."""
