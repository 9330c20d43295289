"""Secret keys of the installation, used and never given away."""

from typing import Protocol


class SecretKeys(Protocol):
    """Keys known by name, made at the first use, lying outside the database and its backups.

    Pure of statements: it may be asked from a `Snapshot` too.
    """

    def mac(self, name: str, message: bytes) -> bytes:
        """Return HMAC-SHA-256 (RFC 2104, 32 bytes) of the message under the key of that name.

        `name` is `<module>-<what-for>`, such as `feedback-tracking`; names are for ever, for what
        was made under one key is unknown under another. Raises what the key service raises when
        the key does not lie where this process can reach it.
        """
        ...
