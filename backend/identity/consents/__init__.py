"""What people have agreed to, for which purpose and whom, and how they take it back."""
