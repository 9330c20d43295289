"""The way into the console: officers come in with a passkey, and in no other way."""
