"""Documents that anyone can verify: canonical content, signatures, a log that only grows."""
