"""The narrow OAuth 2.1 authorization server: pushed requests, three grants, revocation."""
