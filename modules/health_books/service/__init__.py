"""Filing visits, and showing a health book."""
