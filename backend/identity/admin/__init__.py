"""Administration: what one administrator proposes and another approves, and what is seen of it."""
