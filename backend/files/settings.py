"""What an operator may choose about files."""

import re
from collections.abc import Mapping
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from backend.files.scanning import Clamd, Scanner
from backend.kernel import Secret

NO_SCANNER: Final = "none"
_KEY: Final = re.compile("[0-9a-fA-F]{64}")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of the file store: without any, a folder on this machine."""

    origin: Annotated[
        str,
        Meta(
            description="Where links to files point; a host of its own keeps strangers' files"
            " away from our cookies. The base URL when empty."
        ),
    ] = ""
    bucket: Annotated[
        str, Meta(description="S3-compatible bucket; `files` in the data folder when empty.")
    ] = ""
    endpoint: Annotated[str, Meta(description="Address of the S3-compatible service.")] = ""
    region: Annotated[str, Meta(description="Region of the bucket.")] = "us-east-1"
    access_key: Annotated[Secret, Meta(description="Name of the key to the bucket.")] = Secret("")
    secret_key: Annotated[Secret, Meta(description="The key to the bucket.")] = Secret("")
    key: Annotated[
        Secret,
        Meta(
            description="64 hexadecimal digits that encipher originals and sign links, the same"
            " on every node; made in the data folder when empty. Back it up apart from the files."
            " It may have several lines: the first is used, all are accepted."
        ),
    ] = Secret("")
    files_a_day: Annotated[int, Meta(ge=1, description="Photos that a person may send a day.")] = 20
    bytes_a_day: Annotated[
        int, Meta(ge=1, description="Bytes of photos that a person may send a day.")
    ] = 200_000_000
    unclaimed_hours: Annotated[
        int, Meta(ge=1, description="How long a photo sent ahead waits to be used.")
    ] = 24
    decoders: Annotated[
        int, Meta(ge=1, le=16, description="Photos decoded side by side, for each process.")
    ] = 2
    scanner: Annotated[
        str,
        Meta(
            description="Where clamd listens: `unix:/run/clamav/clamd.ctl` or `host:port`; it looks"
            " at films and originals before anybody can have them. `none`: nobody looks."
            " Development does without unless told; production has to be told."
        ),
    ] = ""

    @property
    def unfit(self) -> Mapping[str, str]:
        """What production does not start with, and why: nobody chose that nobody looks."""
        if self.scanner:
            return {}
        return {"scanner": "say where clamd listens; or `none`, knowing that originals go unseen"}

    def scans(self) -> Scanner | None:
        """Return who looks at what is kept as it came, if anybody does."""
        return None if self.scanner in {"", NO_SCANNER} else Clamd(self.scanner)

    def __post_init__(self) -> None:
        self.scans()  # an address that could be none is refused at the start
        if not all(map(_KEY.fullmatch, self.key.reveal().splitlines())):
            raise ValueError("TINHS_FILES_KEY must be 64 hexadecimal digits, or lines of them")
