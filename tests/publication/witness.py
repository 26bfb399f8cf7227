"""A small witness of its own, written from the text of C2SP tlog-witness, on a real socket."""

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from service.publication.cosignatures import WitnessKey, cosign
from service.publication.notes import BadNote, VerifierKey
from service.publication.tlog import is_consistent

Answer = tuple[int, str, str]


@dataclass
class SmallWitness:
    """Remembers the last checkpoint that it cosigned of each log it was told to watch."""

    name: str
    seed: bytes
    logs: dict[str, list[str]]
    second: int = 1764046800
    url: str = ""
    seen: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    asked: list[tuple[int, int]] = field(default_factory=list)
    answers_instead: Answer | None = None

    @property
    def key(self) -> str:
        private = Ed25519PrivateKey.from_private_bytes(self.seed)
        return str(WitnessKey(self.name, private.public_key().public_bytes_raw()))

    def add_checkpoint(self, body: str) -> Answer:
        head, _, note = body.partition("\n\n")
        first, *lines = head.split("\n")
        word, _, number = first.partition(" ")
        if word != "old" or not number.isdigit() or len(lines) > 63:
            return 400, "text/plain", "malformed\n"
        old, proof = int(number), [b64decode(line) for line in lines]
        text = note.rpartition("\n\n")[0] + "\n"
        origin, count, encoded = text.split("\n")[:3]
        size, root = int(count), b64decode(encoded)
        if origin not in self.logs:
            return 404, "text/plain", "unknown log\n"
        if not any(_opens(key, note) for key in self.logs[origin]):
            return 403, "text/plain", "no signature of a trusted key\n"
        if old > size:
            return 400, "text/plain", "the old size is larger\n"
        known, known_root = self.seen.get(origin, (0, b""))
        self.asked.append((old, size))
        if old != known or (known == size and known_root != root):
            return 409, "text/x.tlog.size", f"{known}\n"
        grown = is_consistent(old, size, known_root, root, proof) if 0 < old < size else not proof
        if not grown:
            return 422, "text/plain", "inconsistent\n"
        self.seen[origin] = (size, root)
        return 200, "text/plain", cosign(self.name, self.seed, text, self.second) + "\n"

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["SmallWitness"]:
        """Answers under `url` until the end of the block."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(
            int(line.split(":")[1])
            for line in head.split("\r\n")
            if line.lower().startswith("content-length")
        )
        body = (await reader.readexactly(length)).decode()
        known = head.startswith("POST /add-checkpoint ")
        answer = self.answers_instead or (
            self.add_checkpoint(body) if known else (404, "text/plain", "")
        )
        status, kind, text = answer
        raw = text.encode()
        writer.write(
            f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(raw)}\r\n"
            "Connection: close\r\n\r\n".encode()
            + raw
        )
        await writer.drain()
        writer.close()


def _opens(key: str, note: str) -> bool:
    try:
        VerifierKey.parse(key).open(note)
    except BadNote:
        return False
    return True
