"""What a module needs to take photos with a request: the parameter, and how photos are refused.

A handler that says `photos: Injected[Photos]` takes `multipart/form-data` besides JSON, as parts
named `photos`; a `data` parameter then comes from a part of that name. It hands the contents to
`contracts.files.FileStore`, whose refusals stand here so that modules can document them.
"""

from typing import Final

import msgspec

from backend.kernel.errors import DomainError

PHOTOS_MAX: Final = "photos_max"
"""Option of a route: `opt={PHOTOS_MAX: 5}`; one photo when it does not say."""

PHOTO_BYTES_MAX: Final = 10 * 1024 * 1024
"""The largest photo that is received; phones make 3 to 8 million bytes."""


class Photos(msgspec.Struct, frozen=True):
    """The photos that came with a request, in its order, as the sender made them: unverified."""

    contents: tuple[bytes, ...] = ()


class FileTypeNotAllowed(DomainError):
    """By its content, whatever its name says, this is no JPEG, PNG, WebP or HEIC picture."""

    slug = "files/type-not-allowed"
    status = 422


class FileTooLarge(DomainError):
    """A photo has more than `bytes_max` bytes."""

    slug = "files/too-large"
    status = 413


class ImageTooLarge(DomainError):
    """A picture has more pixels, or a longer side, than any camera of a phone makes."""

    slug = "files/image-too-large"
    status = 422


class ImageAnimated(DomainError):
    """The picture moves; a photo does not."""

    slug = "files/animated"
    status = 422


class FileUnreadable(DomainError):
    """The picture is damaged or cut off, or its decoder did not finish in time."""

    slug = "files/unreadable"
    status = 422


class VideoTooLong(DomainError):
    """A video lasts longer than `seconds_max`."""

    slug = "files/video-too-long"
    status = 422


class TooManyFiles(DomainError):
    """The sender's allowance of photos or bytes for today is used up."""

    slug = "files/too-many"
    status = 429


class FilesBusy(DomainError):
    """Too many photos wait to be decoded, or the place where files are kept does not answer."""

    slug = "files/busy"
    status = 503


class UnknownFile(DomainError):
    """A file is not there, not the caller's, already used, or was sent for something else."""

    slug = "files/unknown-file"
    status = 422


PHOTO_REFUSALS: Final[tuple[type[DomainError], ...]] = (
    FileTypeNotAllowed,
    FileTooLarge,
    ImageTooLarge,
    ImageAnimated,
    FileUnreadable,
    TooManyFiles,
    FilesBusy,
)
"""All that `FileStore.receive` raises, for `responses=refuses(*PHOTO_REFUSALS, …)`."""
