"""Photos of people: received, cleaned of all but their pixels, kept, shown by signed links."""
