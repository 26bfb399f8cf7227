"""A form with photos, read as it arrives: texts whole, each photo up to its limit and no further.

What is too large is counted and thrown away, so that the visitor gets the form back with everything
that was typed, whatever was chosen beside it.
"""

from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

FIELDS = 12
FILES = 100  # that are counted; nobody means more


class FormRefused(Exception):
    """The form cannot be read: malformed, or with too much text."""


@dataclass(slots=True)
class PhotoForm:
    """The texts by name, and the photos in their order; None is one that was not kept."""

    texts: dict[str, str] = field(default_factory=dict)
    photos: list[bytes | None] = field(default_factory=list)


@dataclass(slots=True)
class _Part:
    headers: dict[str, bytes] = field(default_factory=dict)
    name: str = ""
    is_file: bool = False
    body: bytearray = field(default_factory=bytearray)
    too_large: bool = False


class _Reader:
    """Called by the parser with pieces of parts."""

    def __init__(self, most_text: int, most_photo: int, most_photos: int) -> None:
        self.form = PhotoForm()
        self._text_left, self._most_photo, self._most_photos = most_text, most_photo, most_photos
        self._part = _Part()
        self._header = (bytearray(), bytearray())

    def on_part_begin(self) -> None:
        self._part = _Part()

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header[0].extend(data[start:end])

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header[1].extend(data[start:end])

    def on_header_end(self) -> None:
        name, value = self._header
        self._part.headers[name.decode("latin-1").lower()] = bytes(value)
        self._header = (bytearray(), bytearray())

    def on_headers_finished(self) -> None:
        part = self._part
        _, options = parse_options_header(part.headers.get("content-disposition"))
        part.name = options.get(b"name", b"").decode("utf-8", "replace")
        part.is_file = b"filename" in options

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        part = self._part
        if not part.is_file:
            self._text_left -= end - start
            if self._text_left < 0:
                raise FormRefused
        elif (
            len(part.body) + end - start > self._most_photo
            or len(self.form.photos) >= self._most_photos
        ):
            part.too_large = True
            part.body.clear()
        if not part.too_large:
            part.body += data[start:end]

    def on_part_end(self) -> None:
        part, form = self._part, self.form
        if not part.is_file:
            form.texts[part.name] = part.body.decode("utf-8", "replace")
            if len(form.texts) > FIELDS:
                raise FormRefused
        elif len(form.photos) >= FILES:
            pass
        elif part.too_large:
            form.photos.append(None)
        elif part.body:  # a browser sends an empty file where none was chosen
            form.photos.append(bytes(part.body))


async def read(request: Request, *, most_text: int, most_photo: int, most_photos: int) -> PhotoForm:
    """The form of a request; limits in bytes, of all texts together and of one photo.

    Beyond `most_photos` they are counted only.

    Raises:
        FormRefused: malformed, more than `FIELDS` texts, or longer ones than `most_text`.
    """
    _, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary")
    if not boundary:
        raise FormRefused
    reader = _Reader(most_text, most_photo, most_photos)
    try:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": reader.on_part_begin,
                "on_header_field": reader.on_header_field,
                "on_header_value": reader.on_header_value,
                "on_header_end": reader.on_header_end,
                "on_headers_finished": reader.on_headers_finished,
                "on_part_data": reader.on_part_data,
                "on_part_end": reader.on_part_end,
            },
        )
        async for piece in request.stream():
            parser.write(piece)
        parser.finalize()
    except FormParserError as error:
        raise FormRefused from error
    return reader.form
