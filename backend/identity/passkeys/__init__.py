"""Passkeys (WebAuthn level 2): how citizens sign in strongly, and officers at all."""
