"""Trusted time stamps from a real authority on this machine, which openssl plays."""

import asyncio
import subprocess
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from service.evidence import timestamping, verify_bundle
from service.evidence.export import write_bundle
from service.evidence.records import EvidenceTimestamp
from service.evidence.sealing import verify_and_seal
from service.evidence.timestamping import StampRefused
from service.settings import settings
from tenants.wall import tenant_transaction
from tests.evidence.conftest import CASE, Desk

CONFIG = """
[tsa]
default_tsa = here
[here]
serial = serial
crypto_device = builtin
signer_cert = tsa.pem
certs = tsa.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ordering = yes
[ext]
extendedKeyUsage = critical, timeStamping
[req]
distinguished_name = dn
[dn]
"""


class Authority:
    """One authority: its folder, and how it answers the next question."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.url, self.lies = folder, "", b""

    def answer(self, query: bytes) -> bytes:
        if self.lies:
            return self.lies
        (self.folder / "q.tsq").write_bytes(query)
        self.run("ts", "-reply", "-config", "ca.cnf", "-queryfile", "q.tsq", "-out", "a.tsr")
        return (self.folder / "a.tsr").read_bytes()

    def run(self, *words: str) -> None:
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1])
            for line in head.splitlines()
            if line.lower().startswith(b"content-length")
        )
        body = await asyncio.to_thread(self.answer, await reader.readexactly(length))
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/timestamp-reply\r\n"
            b"connection: close\r\ncontent-length: %d\r\n\r\n" % len(body) + body
        )
        await writer.drain()
        writer.close()


@pytest.fixture
async def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Authority]:
    made = Authority(tmp_path)
    (tmp_path / "ca.cnf").write_text(CONFIG)
    (tmp_path / "serial").write_text("01\n")
    made.run(
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "tsa.key", "-out", "tsa.pem",
        "-days", "30", "-subj", "/CN=test authority", "-config", "ca.cnf", "-extensions", "ext",
    )  # fmt: skip
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    monkeypatch.setenv("ANSHANG_TSA_URL", made.url)
    settings.cache_clear()
    async with server:
        yield made


async def test_a_stamp_goes_into_the_bundle_and_openssl_believes_it(
    desk: Desk, authority: Authority, tmp_path: Path
) -> None:
    evidence_id = await desk.hand_in()
    await verify_and_seal(desk.scope, evidence_id)
    for _ in range(2):
        await timestamping.stamp(desk.scope, evidence_id)

    with (tmp_path / "case.zip").open("wb") as out:
        await write_bundle(desk.scope, desk.owner, CASE, out)

    assert verify_bundle.verify(tmp_path / "case.zip")[0] == []
    with zipfile.ZipFile(tmp_path / "case.zip") as archive:
        archive.extractall(tmp_path / "case")
    row = await desk.row(evidence_id)
    (tmp_path / "line").write_text(f"{row.sha256}  {row.id}\n")
    token = f"case/timestamps/{row.id}.tsr"
    authority.run("ts", "-verify", "-in", token, "-data", "line", "-CAfile", "tsa.pem")
    assert (await desk.acts(evidence_id))[3:5] == ["STAMPED", "BUNDLED"]

    (tmp_path / token).write_bytes(b"another")
    faults, _ = verify_bundle.verify(tmp_path / "case")
    assert any("time stamp" in fault for fault in faults)


async def test_an_answer_about_something_else_is_not_believed(
    desk: Desk, authority: Authority
) -> None:
    evidence_id = await desk.hand_in()
    await verify_and_seal(desk.scope, evidence_id)
    token, _ = await timestamping.ask(authority.url, b"something else")

    for lie in (token, b"", b"<html>"):
        authority.lies = lie or b"\0"
        with pytest.raises(StampRefused):
            await timestamping.stamp(desk.scope, evidence_id)

    async with tenant_transaction(desk.scope, read_only=True):
        assert await EvidenceTimestamp.all().count() == 0


async def test_without_an_authority_nothing_is_stamped(desk: Desk) -> None:
    evidence_id = await desk.hand_in()
    await verify_and_seal(desk.scope, evidence_id)

    await timestamping.stamp(desk.scope, evidence_id)

    assert await desk.acts(evidence_id) == ["DECLARED", "UPLOADED", "SEALED"]
