"""Virus scanning by clamd, over its INSTREAM command (clamd(8))."""

import asyncio
import os
from typing import BinaryIO
from urllib.parse import urlsplit

from service.evidence.rules import Scan

_CHUNK = 1 << 18
_SECONDS = 300


class ScannerUnavailable(Exception):
    """The configured scanner does not answer; the task is to be tried again."""


async def scan(file: BinaryIO, clamd_url: str) -> Scan:
    """What the scanner says of an open file; UNSCANNED without a scanner or beyond its limit.

    Raises:
        ScannerUnavailable: a scanner is configured and does not answer.
    """
    if not clamd_url:
        return Scan.UNSCANNED
    try:
        async with asyncio.timeout(_SECONDS):
            answer = await _ask(file, clamd_url)
    except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
        raise ScannerUnavailable(f"clamd at {clamd_url} does not answer: {error}") from error
    if answer.endswith("OK"):
        return Scan.CLEAN
    if answer.endswith("FOUND"):
        return Scan.INFECTED
    if "size limit exceeded" in answer:
        return Scan.UNSCANNED
    raise ScannerUnavailable(f"clamd at {clamd_url} answers: {answer}")


async def _ask(file: BinaryIO, clamd_url: str) -> str:
    parts = urlsplit(clamd_url)
    if parts.scheme == "unix":
        reader, writer = await asyncio.open_unix_connection(parts.path)
    else:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 3310)
    try:
        writer.write(b"zINSTREAM\0")
        offset = 0
        # Beyond its limit clamd answers at once and closes; then there is an answer to read.
        while not reader.at_eof() and not writer.is_closing():
            piece = os.pread(file.fileno(), _CHUNK, offset)
            writer.write(len(piece).to_bytes(4, "big") + piece)
            if not piece:
                break
            offset += len(piece)
            try:
                await writer.drain()
            except ConnectionError:
                break
        return (await reader.readuntil(b"\0")).rstrip(b"\0\n").decode()
    finally:
        writer.close()
