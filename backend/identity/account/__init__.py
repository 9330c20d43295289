"""What people do with their own account: sessions, number, papers, and objections."""
