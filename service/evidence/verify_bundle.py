#!/usr/bin/env python3
"""Verify a bundle of evidence without network, service or anything beyond Python 3.9.

    python3 verify.py BUNDLE.zip        every byte of the archive is accounted for
    python3 verify.py DIRECTORY         the same files, unpacked

Exit status 0: everything holds.  1: it does not; one line per fault.  2: called wrongly.
Without this script:  sha256sum -c SHA256SUMS
                      openssl pkeyutl -verify -pubin -inkey public-key.pem -rawin \\
                              -in SHA256SUMS -sigfile SHA256SUMS.sig
A time stamp, if there is one, is over the line "SHA256  ID" with a line feed at its end:
                      printf '%s  %s\\n' SHA256 ID > line
                      openssl ts -verify -in timestamps/ID.tsr -data line -CAfile AUTHORITY.pem
The signature proves who made the bundle only if you know the public key from elsewhere.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

SUMS, SIGNATURE, KEY = "SHA256SUMS", "SHA256SUMS.sig", "public-key.pem"
MANIFEST, CUSTODY, FORMAT = "manifest.json", "custody.jsonl", "anshang.evidence/1"
ANCHOR = "anchor.json"
LARGE = 0xFFFFFFFF
CHUNK = 1 << 20
SMALL = 64 << 20  # bytes of lists and descriptions that are read as a whole


def local_header(name: str, size: int, crc: int) -> bytes:
    """The bytes before a file: stored as it is, dated 1980-01-01, so that nothing is free."""
    extra = struct.pack("<HHQQ", 1, 16, size, size) if size >= LARGE else b""
    told = min(size, LARGE)
    version = 45 if extra else 20
    fields = (b"PK\3\4", version, 0, 0, 0, 0x21, crc, told, told, len(name), len(extra))
    return struct.pack("<4s5H3I2H", *fields) + name.encode("ascii") + extra


def central_header(name: str, size: int, crc: int, offset: int) -> bytes:
    """The entry of a file in the directory at the end."""
    wide = [size, size] if size >= LARGE else []
    wide += [offset] if offset >= LARGE else []
    extra = struct.pack(f"<HH{len(wide)}Q", 1, 8 * len(wide), *wide) if wide else b""
    told, version = min(size, LARGE), 45 if wide else 20
    fields = (b"PK\1\2", version, version, 0, 0, 0, 0x21, crc, told, told, len(name), len(extra))
    rest = struct.pack("<3H2I", 0, 0, 0, 0, min(offset, LARGE))
    return struct.pack("<4s6H3I2H", *fields) + rest + name.encode("ascii") + extra


def end_records(count: int, size: int, offset: int) -> bytes:
    """The end of the archive: of `count` entries, `size` bytes of directory at `offset`."""
    wide = b""
    if count >= 0xFFFF or size >= LARGE or offset >= LARGE:
        fields = (44, 45, 45, 0, 0, count, count, size, offset)
        wide = b"PK\6\6" + struct.pack("<QHHIIQQQQ", *fields)
        wide += b"PK\6\7" + struct.pack("<IQI", 0, offset + size, 1)
    told = min(count, 0xFFFF)
    last = struct.pack("<4HIIH", 0, 0, told, told, min(size, LARGE), min(offset, LARGE), 0)
    return wide + b"PK\5\6" + last


class Fault(Exception):
    """The bundle cannot be read any further."""


class Contents:
    """Digest and length of every file, and the text of the small ones."""

    def __init__(self) -> None:
        self.digests: dict[str, str] = {}
        self.sizes: dict[str, int] = {}
        self.texts: dict[str, bytes] = {}

    def take(self, name: str, pieces: Iterable[bytes]) -> int:
        """Read one file; returns its CRC-32."""
        digest, size, crc, kept = hashlib.sha256(), 0, 0, bytearray()
        for piece in pieces:
            digest.update(piece)
            crc = zlib.crc32(piece, crc)
            size += len(piece)
            if "/" not in name and size <= SMALL:
                kept += piece
        self.digests[name], self.sizes[name] = digest.hexdigest(), size
        if "/" not in name:
            self.texts[name] = bytes(kept)
        return crc


def pieces_of(file: BinaryIO, size: int) -> Iterator[bytes]:
    """`size` bytes of an open file."""
    while size:
        piece = file.read(min(CHUNK, size))
        if not piece:
            raise Fault("the archive is cut off")
        size -= len(piece)
        yield piece


def read_archive(path: Path) -> Contents:
    """The contents of an archive every byte of which is what it must be."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [(info.filename, info.file_size) for info in archive.infolist()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise Fault(f"not a readable archive: {error}") from None
    contents, directory = Contents(), b""
    if len({name for name, _ in names}) != len(names):
        raise Fault("a file is there twice")
    with open(path, "rb") as file:  # noqa: PTH123
        for name, size in names:
            offset = file.tell()
            if not re.fullmatch(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)?", name):
                raise Fault(f"unexpected name {name!r}")
            header = file.read(len(local_header(name, size, 0)))
            crc = contents.take(name, pieces_of(file, size))
            if header != local_header(name, size, crc):
                raise Fault(f"the archive was changed before {name}")
            directory += central_header(name, size, crc, offset)
        offset = file.tell()
        if file.read(len(directory)) != directory:
            raise Fault("the directory of the archive was changed")
        if file.read() != end_records(len(names), len(directory), offset):
            raise Fault("the end of the archive was changed")
    return contents


def read_directory(path: Path) -> Contents:
    """The contents of an unpacked bundle."""
    contents = Contents()
    for entry in sorted(path.rglob("*")):
        if entry.is_symlink() or not (entry.is_file() or entry.is_dir()):
            raise Fault(f"{entry.relative_to(path)} is no ordinary file")
        if entry.is_file():
            with entry.open("rb") as file:
                size = entry.stat().st_size
                contents.take(entry.relative_to(path).as_posix(), pieces_of(file, size))
    return contents


def check_sums(contents: Contents) -> list[str]:
    """Every file listed, and no other, with its digest."""
    text = contents.texts.get(SUMS)
    if text is None:
        return [f"{SUMS} is missing"]
    if not re.fullmatch(rb"([0-9a-f]{64}  [A-Za-z0-9._/-]+\n)+", text):
        return [f"{SUMS} was changed"]
    lines = [line.split("  ") for line in text.decode().splitlines()]
    listed = {name: digest for digest, name in lines}
    faults = [] if len(listed) == len(lines) else [f"{SUMS} names a file twice"]
    held = set(contents.digests) - {SUMS, SIGNATURE}
    faults += [f"{name} is missing" for name in sorted(set(listed) - held)]
    faults += [f"{name} was added" for name in sorted(held - set(listed))]
    for name in sorted(held & set(listed)):
        if contents.digests[name] != listed[name]:
            faults.append(f"{name} was changed")
    return faults


def check_manifest(contents: Contents) -> list[str]:
    """The description fits the files, and the chain of custody holds and tells the same."""
    try:
        manifest = json.loads(contents.texts[MANIFEST])
        links = [json.loads(line) for line in contents.texts[CUSTODY].splitlines()]
        faults, told, stamped = check_custody(manifest["custody"], links)
        named = {MANIFEST, CUSTODY, "verify.py", SUMS, SIGNATURE, KEY, ANCHOR}
        faults += check_anchor(contents, links)
        if manifest["format"] != FORMAT:
            faults.append(f"unknown format {manifest['format']!r}")
        for item in manifest["items"]:
            path, digest = item["path"], item["sha256"]
            named.add(path)
            if contents.digests.get(path) != digest or contents.sizes[path] != item["byte_length"]:
                faults.append(f"{path} is not what the manifest describes")
            if told.get(item["id"]) != digest:
                faults.append(f"no entry of custody says that {item['id']} was sealed as {digest}")
            if item.get("timestamp"):
                token = item["timestamp"]["path"]
                named.add(token)
                if stamped.get(item["id"]) != contents.digests.get(token):
                    faults.append(f"{token} is not the time stamp that custody tells of")
        faults += [f"{name} is unknown" for name in sorted(set(contents.digests) - named)]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return [f"the manifest or the chain of custody is damaged ({error!r})"]
    return faults


def check_custody(
    span: dict[str, Any], links: list[dict[str, Any]]
) -> tuple[list[str], dict[str, str], dict[str, str]]:
    """Faults of the chain, and by evidence the digest it was sealed as and that of its stamp."""
    previous, seq = span["previous"], span["first"]
    told: dict[str, str] = {}
    stamped: dict[str, str] = {}
    for link in links:
        text = link.get("text")
        if text is not None and hashlib.sha256(text.encode()).hexdigest() != link["text_sha256"]:
            return [f"the text of custody entry {link['seq']} was changed"], told, stamped
        joined = f"{previous}\n{link['seq']}\n{link['text_sha256']}"
        if link["seq"] != seq or hashlib.sha256(joined.encode()).hexdigest() != link["hash"]:
            return [f"the chain of custody breaks at entry {seq}"], told, stamped
        if text is not None:
            entry = json.loads(text)
            if entry["act"] == "SEALED":
                told[entry["evidence"]] = entry["sha256"]
            if entry["act"] == "STAMPED":
                stamped[entry["evidence"]] = entry["token_sha256"]
        previous, seq = link["hash"], seq + 1
    if (previous, seq - 1) != (span["head"], span["last"]):
        return ["the chain of custody was cut"], told, stamped
    return [], told, stamped


def check_anchor(contents: Contents, links: list[dict[str, Any]]) -> list[str]:
    """The anchor is of this chain, and leads from its leaf to the root of its checkpoint."""
    if ANCHOR not in contents.texts:
        return []
    told = json.loads(contents.texts[ANCHOR])
    event, record = json.loads(told["leaf"]), told["record"]
    text = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    salted = b"anshang.record/1\0" + bytes.fromhex(told["salt"]) + text.encode()
    opened = (event["event"], event["commitment"], len(told["salt"]))
    if opened != ("ANCHOR", hashlib.sha256(salted).hexdigest(), 64):
        return ["the record of the anchor does not open its leaf"]
    head = record["chains"]["custody"]
    if {link["seq"]: link["hash"] for link in links}.get(head["seq"]) != head["hash"]:
        return ["the anchor is of another chain of custody"]
    size, root = told["checkpoint"].split("\n")[1:3]
    here, last = told["index"], int(size) - 1
    result = hashlib.sha256(b"\0" + told["leaf"].encode()).digest()
    for other in map(bytes.fromhex, told["proof"]):
        if here % 2 or here == last:
            result = hashlib.sha256(b"\1" + other + result).digest()
            while here % 2 == 0 and here:
                here, last = here >> 1, last >> 1
        else:
            result = hashlib.sha256(b"\1" + result + other).digest()
        here, last = here >> 1, last >> 1
    if last or not 0 <= told["index"] < int(size) or result != base64.b64decode(root):
        return ["the anchor is not in the log of its checkpoint"]
    return []


def check_note(contents: Contents) -> tuple[list[str], str]:
    """Fault or remark about the checkpoint that the anchor stands under, by openssl."""
    if ANCHOR not in contents.texts:
        return [], "not anchored in a public log"
    told = json.loads(contents.texts[ANCHOR])
    name, digest, encoded = told["key"].split("+", 2)
    public = base64.b64decode(encoded)[1:]
    at = json.loads(told["leaf"])["at"]
    remark = f"anchored at {at} as entry {told['index']} of the public log, key {told['key']}"
    text, _, block = told["checkpoint"].rpartition("\n\n")
    lines = [line for line in block.split("\n") if line.startswith(f"\u2014 {name} ")]
    raw = [base64.b64decode(line.rsplit(" ", 1)[1]) for line in lines]
    openssl = shutil.which("openssl")
    if openssl is None:
        return [], f"{remark}, whose signature was NOT checked: no openssl here"
    der = base64.b64encode(bytes.fromhex("302a300506032b6570032100") + public).decode()
    with tempfile.TemporaryDirectory() as folder:
        pem = f"-----BEGIN PUBLIC KEY-----\n{der}\n-----END PUBLIC KEY-----\n"
        (Path(folder) / "key").write_text(pem)
        (Path(folder) / "text").write_text(f"{text}\n", newline="\n")
        for signature in (one[4:] for one in raw if one[:4].hex() == digest):
            (Path(folder) / "sig").write_bytes(signature)
            call = [openssl, "pkeyutl", "-verify", "-pubin", "-inkey", "key", "-rawin"]
            answer = subprocess.run(
                [*call, "-in", "text", "-sigfile", "sig"], cwd=folder, capture_output=True
            )
            if not answer.returncode:
                return [], remark
    return ["the checkpoint of the anchor is not signed by its key"], ""


def check_signature(contents: Contents) -> tuple[list[str], str]:
    """Fault or remark about the signature, by openssl."""
    if SIGNATURE not in contents.texts and KEY not in contents.texts:
        return [], "not signed"
    if SIGNATURE not in contents.texts or KEY not in contents.texts:
        return ["the signature or its key is missing"], ""
    openssl = shutil.which("openssl")
    if openssl is None:
        return [], "signature NOT checked: no openssl here"
    with tempfile.TemporaryDirectory() as folder:
        for name in (SUMS, SIGNATURE, KEY):
            (Path(folder) / name).write_bytes(contents.texts[name])
        call = [openssl, "pkeyutl", "-verify", "-pubin", "-inkey", KEY, "-rawin"]
        answer = subprocess.run(
            [*call, "-in", SUMS, "-sigfile", SIGNATURE], cwd=folder, capture_output=True
        )
    if answer.returncode:
        return ["the signature is wrong"], ""
    der = "".join(contents.texts[KEY].decode().splitlines()[1:-1])
    return [], f"signed by the key {der}"


def verify(path: Path) -> tuple[list[str], list[str]]:
    """All faults of the bundle at `path`, and remarks."""
    try:
        contents = read_directory(path) if path.is_dir() else read_archive(path)
    except (Fault, OSError) as fault:
        return [str(fault)], []
    faults = check_sums(contents) + check_manifest(contents)
    signature, remark = check_signature(contents)
    try:
        note, anchored = check_note(contents)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        note, anchored = [f"the anchor is damaged ({error!r})"], ""
    return faults + signature + note, [f"{len(contents.digests)} files", remark, anchored]


def main(arguments: list[str]) -> int:
    """Print the verdict; returns the exit status."""
    if len(arguments) != 1 or not Path(arguments[0]).exists():
        print(__doc__, file=sys.stderr)
        return 2
    faults, remarks = verify(Path(arguments[0]))
    for fault in faults:
        print(f"FAULT: {fault}")
    if not faults:
        print("OK: " + ", ".join(remark for remark in remarks if remark))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
