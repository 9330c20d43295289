"""Refusals of the file store's own routes; those of photos stand in `backend.kernel.files`."""

from backend.kernel import DomainError


class UnknownPurpose(DomainError):
    """No module of this installation collects files for that purpose."""

    slug = "files/unknown-purpose"
    status = 422
