"""What an operator may choose about files."""

import re
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from backend.kernel import Secret

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

    def __post_init__(self) -> None:
        key = self.key.reveal()
        if key and not _KEY.fullmatch(key):
            raise ValueError("TINHS_FILES_KEY must be 64 hexadecimal digits")
