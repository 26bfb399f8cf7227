"""A still picture of a video: one key frame decoded, made small, nothing else of it believed.

The decoders are FFmpeg's (PyAV), loaded by the child that looks at one video and by nobody else.
A video whose pictures cannot be decoded is evidence all the same; it has no poster then.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any, BinaryIO

from service.evidence.inspection.pictures import thumbnail
from service.evidence.inspection.report import Finding, Refused
from service.evidence.rules import Reason

MAX_PIXELS = 40_000_000  # above 8K, which no telephone records
_CODECS = frozenset({"h264", "hevc", "mpeg4", "mjpeg", "av1", "libdav1d", "vp9"})
_PACKETS = 600  # looked at before giving up
_LATEST = 3_000_000  # microseconds into the video; its first picture is often black


def prepare() -> None:
    """Load the decoders, before this process may open no file any more."""
    import av.logging

    av.logging.set_level(None)


def find_poster(source: BinaryIO) -> Finding:
    """A small JPEG of an early picture, upright, and the size of the video in pixels.

    Raises:
        Refused: there is no video track, or no picture of it can be decoded.
    """
    # Only who looks at a video pays for loading them.
    import av
    from av.error import FFmpegError

    try:
        with av.open(source, format="mov") as container:
            for frame in _frames(container):
                picture = frame.to_image().rotate(frame.rotation, expand=True)
                return Finding(
                    width=picture.width, height=picture.height, thumbnail=thumbnail(picture)
                )
    except (FFmpegError, OSError, ValueError, IndexError, OverflowError) as error:
        raise Refused(Reason.UNREADABLE, f"no picture can be decoded: {error}") from error
    raise Refused(Reason.UNREADABLE, "no picture can be decoded")


def _frames(container: Any) -> Iterator[Any]:
    """Key frames from a little after the beginning, of a track that may be decoded."""
    (track, *_) = container.streams.video
    codec = track.codec_context
    if codec.name not in _CODECS or codec.width * codec.height > MAX_PIXELS:
        return
    codec.thread_count, codec.skip_frame = 1, "NONKEY"
    if container.duration:
        container.seek(min(container.duration // 10, _LATEST))
    for packet in islice(container.demux(track), _PACKETS):
        yield from packet.decode()
