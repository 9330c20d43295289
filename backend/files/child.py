"""The separate process that decodes pictures of strangers and writes their pixels anew.

A script that imports nothing of the house: what breaks out of a decoder finds here no database,
no key, no network and no way to start a program. It reads frames (4 bytes of length, then the
picture) and answers each with a frame of JSON, followed by the renditions that it names.
"""

import contextlib
import ctypes
import errno
import json
import os
import resource
import struct
import sys
import warnings
from datetime import datetime, timedelta, timezone
from io import BytesIO
from typing import BinaryIO, Final

import pi_heif
from PIL import Image, ImageCms

PIXELS_MAX: Final = 50_000_000
SIDE_MAX: Final = 20_000
RENDITIONS: Final = (("clean", 2560, 85), ("public", 1600, 82), ("thumb", 320, 80))
"""Name, longest side in pixels, JPEG quality; each is made from the one before."""

_FORMATS: Final = ("JPEG", "PNG", "WEBP", "HEIF")
_MEMORY_BYTES: Final = 1 << 30
_CPU_SECONDS: Final = 10
_NOBODY: Final = 65534
_STRIP_PIXELS: Final = 4_000_000
_LANCZOS_REACH: Final = 3
_VIETNAM: Final = timezone(timedelta(hours=7))
_ORIENTATION, _EXIF, _GPS = 0x0112, 0x8769, 0x8825
_TAKEN_AT, _TAKEN_OFFSET = 0x9003, 0x9011
_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 22, 38
_SECCOMP_MODE_FILTER: Final = 2
_CLONE3, _CLONE_THREAD = 435, 0x10000

# read write close fstat lseek mmap mprotect munmap brk rt_sigaction rt_sigprocmask rt_sigreturn
# mremap madvise getpid exit getrusage gettid futex exit_group tgkill clock_gettime
# restart_syscall prlimit64 getrandom set_robust_list rseq sched_yield
_CALLS: Final = {
    "x86_64": (0xC000003E, 56, (
        0, 1, 3, 5, 8, 9, 10, 11, 12, 13, 14, 15,
        25, 28, 39, 60, 98, 186, 202, 231, 234, 228,
        219, 302, 318, 273, 334, 24,
    )),
    "aarch64": (0xC00000B7, 220, (
        63, 64, 57, 80, 62, 222, 226, 215, 214, 134, 135, 139,
        216, 233, 172, 93, 165, 178, 98, 94, 131, 113,
        128, 261, 278, 99, 293, 124,
    )),
}  # fmt: skip
"""Machine → its name to the kernel, the number of `clone`, and those of the calls above."""

_SRGB: Final = ImageCms.createProfile("sRGB")


class Refused(Exception):
    """The picture is not one that we keep; the word says why."""


def confine() -> None:
    """Give up, for good, all that decoding does not need. Call it after the imports."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)
    for limit, most in (
        (resource.RLIMIT_AS, _MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    if sys.platform == "linux":
        _close_the_kernel()


def _close_the_kernel() -> None:
    """Allow the system calls of `_CALLS` and threads, and refuse all others (seccomp filters).

    On a machine whose numbers we do not know, the limits of `confine` stand alone.
    """
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    machine = os.uname().machine
    if machine not in _CALLS:
        return
    architecture, clone, numbers = _CALLS[machine]
    load, equal, any_bit, answer = 0x20, 0x15, 0x45, 0x06  # BPF: ld abs, jeq, jset, ret
    allow, refuse, kill = 0x7FFF0000, 0x00050000, 0x80000000
    call_at, architecture_at, first_argument_at = 0, 4, 16
    program = [
        (load, 0, 0, architecture_at),
        (equal, 1, 0, architecture),
        (answer, 0, 0, kill),
        (load, 0, 0, call_at),
        (equal, 0, 1, _CLONE3),
        (answer, 0, 0, refuse | errno.ENOSYS),  # it hides its flags; libc then asks for `clone`
        (equal, 0, 3, clone),
        (load, 0, 0, first_argument_at),
        (any_bit, len(numbers) + 2, 0, _CLONE_THREAD),
        (answer, 0, 0, refuse | errno.EPERM),
        *((equal, len(numbers) - place, 0, number) for place, number in enumerate(numbers)),
        (answer, 0, 0, refuse | errno.EPERM),
        (answer, 0, 0, allow),
    ]
    packed = b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
    filters = ctypes.create_string_buffer(packed)
    described = struct.pack("@HP", len(program), ctypes.addressof(filters))
    libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, described, 0, 0)


def _allow_seconds() -> None:
    """Let the next picture use so much processor time; the kernel ends a process over it."""
    spent = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(spent.ru_utime + spent.ru_stime) + 1 + _CPU_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def clean(content: bytes) -> tuple[dict[str, object], list[bytes]]:
    """Return what is to be known of the picture, and its renditions. Raises `Refused`."""
    with Image.open(BytesIO(content), formats=_FORMATS) as picture:
        _refuse(picture)
        facts = _facts(picture)
        width, height = picture.size
        orientation = picture.getexif().get(_ORIENTATION)
        image = _shrunk(picture)
        profile = picture.info.get("icc_profile")
    image = _in_srgb(image, profile)
    if orientation in _UPRIGHT:
        image = image.transpose(_UPRIGHT[orientation])
        if orientation >= 5:  # these four lay a picture on its side
            width, height = height, width
    renditions: list[dict[str, object]] = []
    bodies: list[bytes] = []
    for name, side, quality in RENDITIONS:
        image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=3.0)
        image.info.clear()  # `exif=b""` alone would keep the comment, and any script in it
        body = BytesIO()
        image.save(body, "JPEG", quality=quality, optimize=True, progressive=True)
        bodies.append(body.getvalue())
        renditions.append(
            {"name": name, "width": image.width, "height": image.height, "bytes": len(bodies[-1])}
        )
    told = {"width": width, "height": height, "facts": facts, "renditions": renditions}
    return told, bodies


def _refuse(picture: Image.Image) -> None:
    """Refuse by the header alone, before a pixel is decoded."""
    if max(picture.size) > SIDE_MAX or picture.width * picture.height > PIXELS_MAX:
        raise Refused("image-too-large")
    # Phones put a second picture (depth, brightness, a burst) into JPEG and HEIC: the first, or
    # the one marked as primary, is the photo. In PNG and WebP several pictures are an animation.
    if picture.format in ("PNG", "WEBP") and getattr(picture, "is_animated", False):
        raise Refused("animated")


def _shrunk(picture: Image.Image) -> Image.Image:
    """Return the pixels as RGB on white, no larger than the largest rendition.

    Strip by strip, for flattening or reducing 50 million pixels at once would double their memory.
    """
    most = RENDITIONS[0][1]
    if picture.format in ("JPEG", "MPO"):
        picture.draft("RGB", (most, most))
    picture.load()
    across, down = picture.size
    scale = max(1.0, max(across, down) / most)
    shrunk = Image.new("RGB", (max(1, round(across / scale)), max(1, round(down / scale))))
    ratio = down / shrunk.height
    rows = max(1, int(_STRIP_PIXELS / across / ratio))
    beyond = int(_LANCZOS_REACH * ratio) + 1  # a row of the result depends on so many around it
    for top in range(0, shrunk.height, rows):
        bottom = min(top + rows, shrunk.height)
        first = max(0, int(top * ratio) - beyond)
        strip = _flat(picture.crop((0, first, across, min(down, int(bottom * ratio) + beyond))))
        box = (0, top * ratio - first, across, min(strip.height, bottom * ratio - first))
        piece = strip.resize((shrunk.width, bottom - top), Image.Resampling.LANCZOS, box)
        shrunk.paste(piece, (0, top))
    return shrunk


def _flat(strip: Image.Image) -> Image.Image:
    if strip.mode.startswith("I"):  # 16 bits of grey, which `convert` would clip at 255
        return strip.convert("I").point(lambda grey: grey * (1 / 257)).convert("RGB")
    if not strip.has_transparency_data:
        return strip.convert("RGB")
    paper = Image.new("RGB", strip.size, "white")
    clear = strip.convert("RGBA")
    paper.paste(clear, mask=clear.getchannel("A"))
    return paper


def _in_srgb(image: Image.Image, profile: object) -> Image.Image:
    """Return the colours as every screen shows them: phones now write Display P3."""
    if isinstance(profile, bytes) and profile[16:20] == b"RGB ":
        with contextlib.suppress(ImageCms.PyCMSError, OSError):
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            converted = ImageCms.profileToProfile(image, source, _SRGB, outputMode="RGB")
            return converted or image
    return image


def _facts(picture: Image.Image) -> dict[str, object]:
    """Return when and where the camera says that it was; nothing where it speaks nonsense."""
    facts: dict[str, object] = {}
    try:
        exif = picture.getexif()
        taken = exif.get_ifd(_EXIF)
        gps = exif.get_ifd(_GPS)
    except Exception:  # noqa: BLE001 - damaged facts must not cost a citizen the photo
        return facts
    with contextlib.suppress(KeyError, TypeError, ValueError):
        facts["taken_at"] = _moment(str(taken[_TAKEN_AT]), str(taken.get(_TAKEN_OFFSET, "")))
    with contextlib.suppress(KeyError, TypeError, ValueError, ZeroDivisionError):
        facts.update(_place(gps))
    return facts


def _moment(text: str, offset: str) -> str:
    moment = datetime.strptime(text.strip("\0 "), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - below
    if not 1990 <= moment.year < 2100:
        raise ValueError("no digital camera took this, and the end of time has no time zone")
    try:
        zone = datetime.strptime(offset.strip("\0 "), "%z").tzinfo
    except ValueError:
        zone = _VIETNAM
    return moment.replace(tzinfo=zone).isoformat()


def _place(gps: dict[int, object]) -> dict[str, float]:
    north, lat, east, lon = gps[1], gps[2], gps[3], gps[4]
    place = {"lat": _degrees(lat, north, "S", 90), "lon": _degrees(lon, east, "W", 180)}
    if place == {"lat": 0.0, "lon": 0.0}:
        raise ValueError("a receiver without a fix writes zeros")
    return place


def _degrees(parts: object, side: object, negative: str, most: int) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)  # type: ignore[attr-defined]
    value = degrees + minutes / 60 + seconds / 3600
    if not 0 <= value <= most:  # also refuses NaN
        raise ValueError("outside the globe")
    return round(-value if str(side).upper().startswith(negative) else value, 7)


def _answer(content: bytes) -> tuple[dict[str, object], list[bytes]]:
    try:
        return clean(content)
    except Refused as refusal:
        return {"fault": str(refusal)}, []
    except (MemoryError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return {"fault": "image-too-large"}, []
    except Exception:  # noqa: BLE001 - decoders raise anything; all of it means the same
        return {"fault": "unreadable"}, []


def _serve(inbox: BinaryIO, outbox: BinaryIO) -> None:
    while header := inbox.read(4):
        (size,) = struct.unpack(">I", header)
        content = inbox.read(size)
        _allow_seconds()
        told, bodies = _answer(content)
        head = json.dumps(told).encode()
        outbox.write(struct.pack(">I", len(head)))
        outbox.write(head)
        outbox.writelines(bodies)
        outbox.flush()


def _warm_up() -> None:
    """Do all of it once, for what Python imports on first use cannot be read any more later."""
    picture = Image.new("RGBA", (8, 8))
    exif = Image.Exif()
    exif.get_ifd(_EXIF).update({_TAKEN_AT: "2026:01:01 00:00:00", _TAKEN_OFFSET: "+07:00"})
    exif.get_ifd(_GPS).update({1: "N", 2: (1.0, 2.0, 3.0), 3: "E", 4: (1.0, 2.0, 3.0)})
    profile = ImageCms.ImageCmsProfile(_SRGB).tobytes()
    for kind in ("PNG", "WEBP"):
        body = BytesIO()
        picture.save(body, kind, exif=exif, icc_profile=profile)
        clean(body.getvalue())
    body = BytesIO()
    picture.convert("RGB").save(body, "JPEG", exif=exif, icc_profile=profile)
    clean(body.getvalue())
    for broken in (body.getvalue()[:-40], b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", b""):
        _answer(broken)


def main() -> None:
    """Serve until the parent closes the pipe."""
    Image.MAX_IMAGE_PIXELS = PIXELS_MAX
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    pi_heif.register_heif_opener(
        thumbnails=False, depth_images=False, aux_images=False, decode_threads=1
    )
    Image.init()
    _warm_up()
    confine()
    sys.stdout.buffer.write(b"R")  # ready: from here on, a death is the picture's doing
    sys.stdout.buffer.flush()
    _serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
