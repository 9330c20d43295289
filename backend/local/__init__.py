"""PostgreSQL for `make run` and `make test`: a server of our own, started without being asked."""

from backend.local.backups import Backups
from backend.local.postgres import FAST, LocalPostgres, throwaway
from backend.local.problems import LocalProblem
from backend.local.roles import DatabaseUrls, database_urls, ensure_roles, kept_passwords

__all__ = [
    "FAST",
    "Backups",
    "DatabaseUrls",
    "LocalPostgres",
    "LocalProblem",
    "database_urls",
    "ensure_roles",
    "kept_passwords",
    "throwaway",
]
