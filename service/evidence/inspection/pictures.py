"""Photos: the container walked to its end, the picture decoded, EXIF read, a thumbnail made."""

import re
import zlib
from collections.abc import Callable, Sequence
from importlib import import_module
from io import BytesIO

from PIL import Image, ImageDraw, ImageOps

from service.evidence.inspection.boxes import walk
from service.evidence.inspection.exif import read_exif
from service.evidence.inspection.foreign import refuse_foreign
from service.evidence.inspection.report import Finding, Refused
from service.evidence.rules import Reason, Rectangle

MAX_PIXELS = 120_000_000  # above the largest telephone sensors in common use
THUMBNAIL = 512  # pixels of the longer side
COPY = 2048  # pixels of the longer side of a copy for the public
FILL = (68, 68, 68)
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis"}

# The size is checked before anything is decoded, so Pillow's own warning is not needed.
Image.MAX_IMAGE_PIXELS = None


def prepare(media_type: str) -> None:
    """Load the decoder of one type, before this process may open no file any more."""
    Image.preinit()
    for plugin in _PLUGINS[media_type]:
        import_module(plugin)
    if media_type == "image/heic":
        import_module("pillow_heif").register_heif_opener(thumbnails=False)


def inspect_picture(
    data: bytes, media_type: str, fill: Sequence[Rectangle] | None = None
) -> Finding:
    """The finding of a photo of the declared type; with `fill`, its copy for the public.

    Raises:
        Refused: another type, damaged, too large to decode, animated, or a polyglot.
    """
    pillow_format, check = _FORMATS[media_type]
    check(data)
    refuse_foreign(data)
    try:
        with Image.open(BytesIO(data), formats=[pillow_format]) as image:
            return _decode(image, fill)
    except (OSError, ValueError, SyntaxError, KeyError, IndexError, zlib.error) as error:
        raise Refused(Reason.UNREADABLE, f"the picture cannot be decoded: {error}") from error


def _decode(image: Image.Image, fill: Sequence[Rectangle] | None) -> Finding:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise Refused(
            Reason.TOO_COMPLEX, f"{width} × {height} pixels; at most {MAX_PIXELS} are decoded"
        )
    if getattr(image, "is_animated", False) and image.format in ("PNG", "WEBP"):
        raise Refused(Reason.TOO_COMPLEX, "an animated picture is no photo; send a video")
    if fill is None:
        # Every byte is still decoded; only the pixels nobody will see are left out.
        image.draft("RGB", (THUMBNAIL, THUMBNAIL))
    image.load()
    exif = image.getexif()
    facts = read_exif(exif)
    turned = 274 in exif and exif[274] in (5, 6, 7, 8)
    return Finding(
        width=height if turned else width,
        height=width if turned else height,
        captured_at=facts.captured_at,
        latitude=facts.latitude,
        longitude=facts.longitude,
        thumbnail=thumbnail(image) if fill is None else _public_copy(image, fill),
    )


def _public_copy(image: Image.Image, fill: Sequence[Rectangle]) -> bytes:
    """A smaller JPEG without metadata whose rectangles are one colour, so that nothing shows."""
    image.thumbnail((COPY, COPY))
    canvas = _fresh(ImageOps.exif_transpose(image))
    draw = ImageDraw.Draw(canvas)
    width, height = canvas.size
    for one in fill:
        # Outwards, so that no pixel of a drawn edge is left.
        right = -(-(one.left + one.width) * width // 1000)
        bottom = -(-(one.top + one.height) * height // 1000)
        corner = (one.left * width // 1000, one.top * height // 1000)
        draw.rectangle((*corner, right, bottom), fill=FILL)
    out = BytesIO()
    canvas.save(out, "JPEG", quality=82)
    return out.getvalue()


def thumbnail(image: Image.Image) -> bytes:
    """A small upright JPEG without metadata."""
    image.thumbnail((THUMBNAIL, THUMBNAIL))
    out = BytesIO()
    _fresh(ImageOps.exif_transpose(image)).save(out, "JPEG", quality=80)
    return out.getvalue()


def _fresh(image: Image.Image) -> Image.Image:
    """The pixels on white, without a comment, profile or EXIF that an encoder could carry over."""
    canvas = Image.new("RGB", image.size, "white")
    if image.has_transparency_data:
        clear = image.convert("RGBA")
        canvas.paste(clear, mask=clear.getchannel("A"))
    else:
        canvas.paste(image.convert("RGB"))
    return canvas


def _differs(wanted: str) -> Refused:
    return Refused(Reason.TYPE_DIFFERS, f"the file is no {wanted}")


def _check_jpeg(data: bytes) -> None:
    if data[:3] != b"\xff\xd8\xff":
        raise _differs("JPEG")
    rest = data[_jpeg_end(data, 0) :]
    # Telephones append further JPEGs (gain map, second lens), a short MP4 or their own trailer.
    while rest.lstrip(b"\0").startswith(b"\xff\xd8\xff"):
        rest = rest.lstrip(b"\0")
        rest = rest[_jpeg_end(rest, 0) :]
    if not rest.strip(b"\0") or rest.endswith(b"SEFT"):
        return
    if rest[4:8] == b"ftyp":
        walk(rest)
        return
    raise Refused(Reason.POLYGLOT, f"{len(rest)} bytes follow the end of the picture")


def _jpeg_end(data: bytes, start: int) -> int:
    at = start + 2
    while found := _MARKER.search(data, at):
        marker = data[found.start() + 1]
        if marker == 0xD9:
            return found.end()
        length = int.from_bytes(data[found.end() : found.end() + 2], "big")
        if length < 2:
            break
        at = found.end() + length
    raise Refused(Reason.UNREADABLE, "the JPEG ends before its end mark")


def _check_png(data: bytes) -> None:
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise _differs("PNG")
    at = 8
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        kind, end = data[at + 4 : at + 8], at + 12 + length
        if zlib.crc32(data[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
            raise Refused(Reason.UNREADABLE, "a chunk of the PNG is damaged")
        at = end
        if kind == b"IEND":
            if data[at:].strip(b"\0"):
                raise Refused(Reason.POLYGLOT, f"{len(data) - at} bytes follow the picture")
            return
    raise Refused(Reason.UNREADABLE, "the PNG ends before its end mark")


def _check_webp(data: bytes) -> None:
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise _differs("WebP")
    size = int.from_bytes(data[4:8], "little")
    told = 8 + size + size % 2
    if told > len(data):
        raise Refused(Reason.UNREADABLE, "the WebP ends before its announced length")
    if told < len(data):
        raise Refused(Reason.POLYGLOT, f"{len(data) - told} bytes follow the picture")


def _check_heic(data: bytes) -> None:
    if data[4:8] != b"ftyp":
        raise _differs("HEIC")
    boxes = walk(data)
    brands = boxes[0].payload
    named = {brands[at : at + 4] for at in (0, *range(8, len(brands), 4))}
    if not named & _HEIC_BRANDS:
        raise _differs("HEIC")


_FORMATS: dict[str, tuple[str, Callable[[bytes], None]]] = {
    "image/jpeg": ("JPEG", _check_jpeg),
    "image/png": ("PNG", _check_png),
    "image/webp": ("WEBP", _check_webp),
    "image/heic": ("HEIF", _check_heic),
}

# A JPEG of several pictures is opened by a module of its own.
_PLUGINS: dict[str, tuple[str, ...]] = {
    "image/jpeg": ("PIL.JpegImagePlugin", "PIL.MpoImagePlugin"),
    "image/png": ("PIL.PngImagePlugin",),
    "image/webp": ("PIL.WebPImagePlugin",),
    "image/heic": (),
}
