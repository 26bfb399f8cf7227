"""Files made in code: good photos, documents and recordings, and a corpus of bad ones."""

import gzip
import random
import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from zipfile import ZipFile

import av
import pillow_heif
from PIL import Image, PngImagePlugin

pillow_heif.register_heif_opener()


def picture(width: int = 640, height: int = 480) -> Image.Image:
    image = Image.effect_noise((width, height), 40).convert("RGB")
    image.paste((200, 30, 30), (0, 0, width // 2, height // 2))
    return image


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def exif(orientation: int = 1, *, offset: str | None = "+08:00") -> bytes:
    tags = Image.Exif()
    tags[274] = orientation
    tags[271] = "Maker of cameras"
    camera = tags.get_ifd(0x8769)
    camera[36867] = "2026:03:05 14:30:00"
    if offset:
        camera[36881] = offset
    place = tags.get_ifd(0x8825)
    place[1], place[2] = "N", (29.0, 43.0, 12.0)
    place[3], place[4] = "E", (106.0, 37.0, 48.0)
    return tags.tobytes()


def jpeg(**options: object) -> bytes:
    return saved(picture(), "JPEG", **{"quality": 85, **options})


def png() -> bytes:
    return saved(picture(), "PNG")


def webp() -> bytes:
    return saved(picture(), "WEBP")


def heic() -> bytes:
    return saved(picture(128, 96), "HEIF", quality=60)


def box(kind: bytes, payload: bytes = b"") -> bytes:
    return struct.pack(">I4s", 8 + len(payload), kind) + payload


def movie(
    brand: bytes = b"isom",
    handler: bytes = b"vide",
    *,
    media: bytes = b"\x5a" * 1000,
    offset: int | None = None,
    created: int = 3_856_000_000,
    place: bytes = b"+29.7200+106.6300/",
) -> bytes:
    ftyp = box(b"ftyp", brand + b"\0\0\2\0" + brand)
    first = len(ftyp) + 8 if offset is None else offset
    chunks = box(b"stco", struct.pack(">III", 0, 1, first))
    track = box(
        b"trak",
        box(
            b"mdia",
            box(b"hdlr", bytes(8) + handler + bytes(13)) + box(b"minf", box(b"stbl", chunks)),
        ),
    )
    head = box(b"mvhd", struct.pack(">IIIII", 0, created, created, 600, 9000) + bytes(80))
    text = struct.pack(">HH", len(place), 0x15C7) + place
    moov = box(b"moov", head + track + box(b"udta", box(b"\xa9xyz", text)))
    return ftyp + box(b"mdat", media) + moov


def film(
    codec: str = "libx264",
    *,
    kind: str = "mp4",
    width: int = 320,
    height: int = 180,
    turn: bool = False,
) -> bytes:
    """A second of real pictures, the first quarter of each red; with `turn` to be shown upright."""
    out = BytesIO()
    with av.open(out, "w", format=kind) as container:
        track = container.add_stream(codec, rate=10)
        track.width, track.height, track.pix_fmt = width, height, "yuv420p"
        if codec == "mjpeg":
            track.pix_fmt = "yuvj420p"
        frame = av.VideoFrame.from_image(picture(width, height))
        for number in range(10):
            frame.pts = number
            container.mux(track.encode(frame))
        container.mux(track.encode())
    data = bytearray(out.getvalue())
    if turn:  # ISO/IEC 14496-12, 8.3.2: a quarter to the right
        at = data.index(b"tkhd") + 4 + 40
        data[at : at + 36] = struct.pack(
            ">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, height << 16, 0, 1 << 30
        )
    return bytes(data)


def pdf(extra: bytes = b"", *, trailer: bytes = b"", pages: bool = True) -> bytes:
    page = b"<< /Type /Page /Parent 2 0 R >>" if pages else b"<< /Type /Font >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        page,
        b"<< /Length 5 >>\nstream\nBT ET\nendstream",
        *([extra] if extra else []),
    ]
    data = b"%PDF-1.7\n"
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % at for at in offsets)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    data += b"trailer << /Size %d /Root 1 0 R %s>>\n" % (len(objects) + 1, trailer)
    return data + b"startxref\n%d\n%%%%EOF\n" % start


def packed(text: bytes) -> bytes:
    body = zlib.compress(text)
    head = b"<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>" % len(body)
    return head + b"\nstream\n" + body + b"\nendstream"


def archive() -> bytes:
    out = BytesIO()
    with ZipFile(out, "w") as file:
        file.writestr("run.exe", b"MZ")
    return out.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of_size(width: int, height: int) -> bytes:
    """A grey picture of the given size in some kilobytes."""
    engine = zlib.compressobj(9)
    row = bytes(width + 1)
    body = b"".join(engine.compress(row) for _ in range(height)) + engine.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


def png_lying_about_size() -> bytes:
    data = bytearray(png())
    data[16:24] = struct.pack(">II", 60_000, 60_000)
    data[29:33] = struct.pack(">I", zlib.crc32(bytes(data[12:29])))
    return bytes(data)


def animated(kind: str) -> bytes:
    frames = [picture(64, 64), picture(64, 64).rotate(90)]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:])


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]


def text_bomb() -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("note", "a" * (80 << 20), zip=True)
    return saved(picture(32, 32), "PNG", pnginfo=info)


def noise(length: int) -> bytes:
    return random.Random(7).randbytes(length)


def jpeg_lying_about_size() -> bytes:
    data = jpeg()
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", 65_000, 65_000) + data[at + 4 :]


def webp_lying_about_size() -> bytes:
    """A canvas of 256 megapixels around a picture of a third of one."""
    picture = webp()[12:]
    canvas = struct.pack("<I", 0) + (16_383).to_bytes(3, "little") * 2
    body = b"WEBP" + b"VP8X" + struct.pack("<I", 10) + canvas + picture
    return b"RIFF" + struct.pack("<I", len(body)) + body


def profile_bomb() -> bytes:
    """A colour profile that unpacks to 80 MiB."""
    data = png()
    return data[:33] + chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(80 << 20))) + data[33:]


def movie_of_boxes(count: int) -> bytes:
    return movie() + box(b"free") * count


def movie_lying_about_its_table() -> bytes:
    data = movie()
    at = data.index(b"stco") + 8
    return data[:at] + struct.pack(">I", 1 << 30) + data[at + 4 :]


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!DOCTYPE html><html><body><script>alert(1)</script></body></html>"

# Name, declared type, content, reason expected.
HOSTILE: list[tuple[str, str, Callable[[], bytes], str]] = [
    ("svg as png", "image/png", lambda: SVG, "TYPE_DIFFERS"),
    ("svg as jpeg", "image/jpeg", lambda: SVG, "TYPE_DIFFERS"),
    ("html as jpeg", "image/jpeg", lambda: HTML, "TYPE_DIFFERS"),
    ("html as pdf", "application/pdf", lambda: HTML, "TYPE_DIFFERS"),
    ("html as video", "video/mp4", lambda: HTML + bytes(64), "TYPE_DIFFERS UNREADABLE"),
    ("png called jpeg", "image/jpeg", png, "TYPE_DIFFERS"),
    ("jpeg called png", "image/png", jpeg, "TYPE_DIFFERS"),
    ("jpeg called heic", "image/heic", jpeg, "TYPE_DIFFERS"),
    ("gif called webp", "image/webp", lambda: saved(picture(), "GIF"), "TYPE_DIFFERS"),
    ("mp4 called heic", "image/heic", movie, "TYPE_DIFFERS"),
    ("heic called mp4", "video/mp4", heic, "TYPE_DIFFERS"),
    ("avif called heic", "image/heic", lambda: saved(picture(64, 64), "AVIF"), "TYPE_DIFFERS"),
    ("mov called mp4", "video/mp4", lambda: movie(b"qt  "), "TYPE_DIFFERS"),
    ("mp4 called mov", "video/quicktime", movie, "TYPE_DIFFERS"),
    ("sound called video", "video/mp4", lambda: movie(handler=b"soun"), "TYPE_DIFFERS"),
    ("noise as jpeg", "image/jpeg", lambda: noise(5000), "TYPE_DIFFERS"),
    ("jpeg magic and noise", "image/jpeg", lambda: b"\xff\xd8\xff" + noise(5000), "UNREADABLE"),
    ("jpeg cut off", "image/jpeg", lambda: jpeg()[:-2000], "UNREADABLE"),
    ("jpeg of two marks", "image/jpeg", lambda: b"\xff\xd8\xff\xd9", "UNREADABLE"),
    ("png cut off", "image/png", lambda: png()[:-500], "UNREADABLE"),
    ("png with a flipped bit", "image/png", lambda: flipped(png(), 5000), "UNREADABLE"),
    ("webp cut off", "image/webp", lambda: webp()[:-100], "UNREADABLE"),
    ("heic cut off", "image/heic", lambda: heic()[:-100], "UNREADABLE"),
    ("mp4 cut off", "video/mp4", lambda: movie()[:-50], "UNREADABLE"),
    ("mp4 without index", "video/mp4", lambda: movie()[:1032], "UNREADABLE"),
    ("mp4 with samples outside", "video/mp4", lambda: movie(offset=10**9), "UNREADABLE"),
    ("pdf cut off", "application/pdf", lambda: pdf()[:-40], "UNREADABLE"),
    ("pdf without pages", "application/pdf", lambda: pdf(pages=False), "UNREADABLE"),
    ("pdf with a moved table", "application/pdf",
     lambda: pdf().replace(b"startxref\n", b"startxref\n9"), "UNREADABLE"),
    ("pdf encrypted", "application/pdf", lambda: pdf(trailer=b"/Encrypt 9 0 R "), "ENCRYPTED"),
    ("pdf with script", "application/pdf",
     lambda: pdf(b"<< /S /JavaScript /JS (app.alert(1)) >>"), "ACTIVE_CONTENT"),
    ("pdf with a masked script", "application/pdf",
     lambda: pdf(b"<< /S /Java#53cript /J#53 (app.alert(1)) >>"), "ACTIVE_CONTENT"),
    ("pdf with a packed script", "application/pdf",
     lambda: pdf(packed(b"9 0 << /S /JavaScript /JS (x) >>")), "ACTIVE_CONTENT"),
    ("pdf that launches", "application/pdf",
     lambda: pdf(b"<< /S /Launch /F (cmd.exe) >>"), "ACTIVE_CONTENT"),
    ("pdf with a file inside", "application/pdf",
     lambda: pdf(b"<< /Type /EmbeddedFile >>"), "ACTIVE_CONTENT"),
    ("pdf that unpacks without end", "application/pdf",
     lambda: pdf(packed(bytes(80 << 20))), "TOO_COMPLEX"),
    ("pdf after html", "application/pdf", lambda: HTML + pdf(), "TYPE_DIFFERS"),
    ("pdf before zip", "application/pdf", lambda: pdf() + archive(), "POLYGLOT"),
    ("jpeg before zip", "image/jpeg", lambda: jpeg() + archive(), "POLYGLOT"),
    ("jpeg with script in its comment", "image/jpeg", lambda: jpeg(comment=HTML), "POLYGLOT"),
    ("jpeg with a pdf in its comment", "image/jpeg",
     lambda: jpeg(comment=pdf()), "POLYGLOT"),
    ("jpeg with a zip in its comment", "image/jpeg",
     lambda: saved(picture(64, 64), "JPEG", comment=archive()), "POLYGLOT"),
    ("png before html", "image/png", lambda: png() + HTML, "POLYGLOT"),
    ("png with svg in its text", "image/png", lambda: png()[:33] + chunk(b"tEXt", b"a\0" + SVG)
     + png()[33:], "POLYGLOT"),
    ("webp before zip", "image/webp", lambda: webp() + archive(), "POLYGLOT"),
    ("heic before zip", "image/heic", lambda: heic() + archive(), "UNREADABLE"),
    ("mp4 before zip", "video/mp4", lambda: movie() + archive(), "UNREADABLE"),
    ("png of 3.6 gigapixels", "image/png", png_lying_about_size, "TOO_COMPLEX"),
    ("png of 144 megapixels", "image/png", lambda: png_of_size(12_000, 12_000), "TOO_COMPLEX"),
    ("png whose text unpacks to 80 MiB", "image/png", text_bomb, "UNREADABLE"),
    ("animated png", "image/png", lambda: animated("PNG"), "TOO_COMPLEX"),
    ("animated webp", "image/webp", lambda: animated("WEBP"), "TOO_COMPLEX"),
    ("empty file", "image/jpeg", bytes, "TYPE_DIFFERS"),
    ("packed svg as png", "image/png", lambda: gzip.compress(SVG), "TYPE_DIFFERS"),
    ("bmp called jpeg", "image/jpeg", lambda: saved(picture(), "BMP"), "TYPE_DIFFERS"),
    ("tiff called png", "image/png", lambda: saved(picture(), "TIFF"), "TYPE_DIFFERS"),
    ("icon called webp", "image/webp", lambda: saved(picture(64, 64), "ICO"), "TYPE_DIFFERS"),
    ("program as png", "image/png", lambda: b"\x7fELF" + noise(4000), "TYPE_DIFFERS"),
    ("shell script as jpeg", "image/jpeg", lambda: b"#!/bin/sh\nid\n", "TYPE_DIFFERS"),
    ("zip called pdf", "application/pdf", archive, "TYPE_DIFFERS"),
    ("text called m4a", "audio/mp4", lambda: b"a song, honestly\n" * 9,
     "TYPE_DIFFERS UNREADABLE"),
    ("video called sound", "audio/mp4", movie, "TYPE_DIFFERS"),
    ("heic called mov", "video/quicktime", heic, "TYPE_DIFFERS"),
    ("jpeg magic before html", "image/jpeg", lambda: b"\xff\xd8\xff\xe0" + HTML,
     "UNREADABLE POLYGLOT"),
    ("jpeg with php in its comment", "image/jpeg",
     lambda: jpeg(comment=b"<?PhP system('id');"), "POLYGLOT"),
    ("jpeg with a rar in its comment", "image/jpeg",
     lambda: jpeg(comment=b"Rar!\x1a\x07\0" + noise(60)), "POLYGLOT"),
    ("png with a 7z in its text", "image/png", lambda: png()[:33]
     + chunk(b"tEXt", b"a\0" + b"7z\xbc\xaf\x27\x1c") + png()[33:], "POLYGLOT"),
    ("png before svg", "image/png", lambda: png() + SVG, "POLYGLOT"),
    ("jpeg of 4.2 gigapixels", "image/jpeg", jpeg_lying_about_size, "TOO_COMPLEX"),
    ("webp of 268 megapixels", "image/webp", webp_lying_about_size, "TOO_COMPLEX UNREADABLE"),
    ("png whose profile unpacks to 80 MiB", "image/png", profile_bomb, "UNREADABLE"),
    ("mp4 of 300,000 boxes", "video/mp4", lambda: movie_of_boxes(300_000), "TOO_COMPLEX"),
    ("mp4 with a table of a thousand million", "video/mp4", movie_lying_about_its_table,
     "UNREADABLE"),
    ("mp4 with a box beyond its end", "video/mp4",
     lambda: movie() + struct.pack(">I4s", 1 << 30, b"free"), "UNREADABLE"),
    ("pdf with a form of its own", "application/pdf", lambda: pdf(b"<< /XFA 5 0 R >>"),
     "ACTIVE_CONTENT"),
    ("pdf with rich media", "application/pdf", lambda: pdf(b"<< /Subtype /RichMedia >>"),
     "ACTIVE_CONTENT"),
    ("pdf with damaged objects", "application/pdf",
     lambda: pdf(packed(b"9 0 << >>").replace(b"\x78\x9c", b"\x78\x00")), "UNREADABLE"),
]  # fmt: skip
