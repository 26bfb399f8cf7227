"""A bundle verifies off line, and any change to any byte of it is found."""

import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from service.evidence import custody, verify_bundle
from service.evidence.bundle import BundleBroken, BundleWriter, Item
from service.evidence.custody import GENESIS, Link

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PHOTO, VIDEO = b"photo" * 200, b"video" * 300


def item(number: int, body: bytes, media_type: str) -> Item:
    return Item(
        id=f"0190-{number}",
        filename=f"现场{number}",
        media_type=media_type,
        byte_length=len(body),
        sha256=sha256(body).hexdigest(),
        captured_at="2026-03-05T14:30:00+08:00",
        sealed_at="2026-03-05T06:31:00+00:00",
        scan="UNSCANNED",
    )


ITEMS = [(item(1, PHOTO, "image/jpeg"), PHOTO), (item(2, VIDEO, "video/mp4"), VIDEO)]


def chain() -> list[Link]:
    """Two sealings of ours with an entry about something else between them."""
    links: list[Link] = []
    for text in (
        f'{{"act": "SEALED", "evidence": "0190-1", "sha256": "{ITEMS[0][0].sha256}"}}',
        '{"act": "SEALED", "evidence": "other case", "sha256": "secret"}',
        f'{{"act": "SEALED", "evidence": "0190-2", "sha256": "{ITEMS[1][0].sha256}"}}',
    ):
        before = links[-1].hash if links else GENESIS
        links.append(custody.append(before, len(links) + 1, text))
    links[1] = Link(links[1].seq, links[1].text_sha256, links[1].hash)
    return links


def make(key: Ed25519PrivateKey | None = KEY) -> bytes:
    out = BytesIO()
    bundle = BundleWriter(out)
    for described, body in ITEMS:
        writer = bundle.begin(described)
        writer.write(body[:100])
        writer.write(body[100:])
        writer.finish()
    bundle.finish({"tenant": "t", "made_at": "2026-03-06"}, chain(), GENESIS, key)
    return out.getvalue()


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    path = tmp_path / "case.zip"
    path.write_bytes(make())
    return path


def unpacked(bundle: Path) -> Path:
    target = bundle.parent / "unpacked"
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(target)
    return target


def test_untouched_bundle_verifies(bundle: Path) -> None:
    faults, remarks = verify_bundle.verify(bundle)

    assert faults == []
    assert remarks[0] == "8 files"
    assert remarks[1].startswith("signed by the key MCowBQYDK2VwAyEA")


def test_unsigned_bundle_verifies_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "case.zip"
    path.write_bytes(make(key=None))

    assert verify_bundle.verify(path) == (
        [],
        ["6 files", "not signed", "not anchored in a public log"],
    )


def test_same_contents_make_the_same_bytes() -> None:
    assert make() == make()


def test_enclosed_script_runs_alone(bundle: Path) -> None:
    home = unpacked(bundle)

    for target, status in ((".", 0), (str(bundle), 0), ("none", 2)):
        call = [sys.executable, "-I", "-S", "-B", "verify.py", target]
        answer = subprocess.run(call, cwd=home, capture_output=True, text=True, env={"PATH": ""})
        assert answer.returncode == status, answer.stdout + answer.stderr
    (home / "evidence" / "0190-1.jpg").write_bytes(PHOTO[:-1] + b"X")
    call = [sys.executable, "-I", "-S", "-B", "verify.py", "."]
    answer = subprocess.run(call, cwd=home, capture_output=True, text=True)
    assert answer.returncode == 1
    assert "FAULT: evidence/0190-1.jpg was changed" in answer.stdout


def test_sha256sum_and_openssl_agree(bundle: Path) -> None:
    home = unpacked(bundle)
    assert shutil.which("openssl"), "openssl is needed to check signatures"

    sums = subprocess.run(["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd=home)
    sign = subprocess.run(
        "openssl pkeyutl -verify -pubin -inkey public-key.pem -rawin -in SHA256SUMS"
        " -sigfile SHA256SUMS.sig",
        shell=True,
        cwd=home,
    )

    assert (sums.returncode, sign.returncode) == (0, 0)


def test_other_tools_read_the_archive(bundle: Path) -> None:
    with zipfile.ZipFile(bundle) as archive:
        assert archive.testzip() is None
        assert archive.read("evidence/0190-1.jpg") == PHOTO
        assert archive.namelist()[-1] == "SHA256SUMS.sig"


def test_every_single_flipped_bit_is_found(bundle: Path) -> None:
    whole = bundle.read_bytes()
    script = whole.index(b"#!/usr/bin/env python3")
    script_end = whole.index(b"PK\3\4", script)
    step = 97  # within the long script a sample of the bytes is enough
    places = [at for at in range(len(whole)) if not script < at < script_end or at % step == 0]
    target = bundle.with_name("flipped.zip")

    missed = []
    for at in places:
        target.write_bytes(whole[:at] + bytes([whole[at] ^ (1 << at % 8)]) + whole[at + 1 :])
        contents = _verify_without_openssl(target)
        if not contents:
            missed.append(at)

    assert len(places) > 5000
    assert missed == []


def _verify_without_openssl(path: Path) -> list[str]:
    try:
        contents = verify_bundle.read_archive(path)
    except verify_bundle.Fault as fault:
        return [str(fault)]
    faults = verify_bundle.check_sums(contents) + verify_bundle.check_manifest(contents)
    return faults or verify_bundle.check_signature(contents)[0]


@pytest.mark.parametrize("length", [0, 1, 500, -1, -22, -400])
def test_cut_bundle_is_found(bundle: Path, length: int) -> None:
    bundle.write_bytes(bundle.read_bytes()[:length])

    assert verify_bundle.verify(bundle)[0]


@pytest.mark.parametrize("extra", [b"\0", b"PK\5\6" + bytes(18)])
def test_bytes_before_or_after_the_archive_are_found(bundle: Path, extra: bytes) -> None:
    whole = bundle.read_bytes()
    for changed in (whole + extra, extra + whole):
        bundle.write_bytes(changed)
        assert verify_bundle.verify(bundle)[0]


def _swap(home: Path) -> None:
    one, two = home / "evidence/0190-1.jpg", home / "evidence/0190-2.mp4"
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)


def _resum(home: Path, *, but: str = "") -> None:
    """What a forger does next: make the digests fit again."""
    lines = []
    for path in sorted(home.rglob("*")):
        name = path.relative_to(home).as_posix()
        if path.is_file() and name not in ("SHA256SUMS", "SHA256SUMS.sig", but):
            lines.append(f"{sha256(path.read_bytes()).hexdigest()}  {name}\n")
    (home / "SHA256SUMS").write_text("".join(lines))


def _edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(home: Path) -> None:
        text = (home / name).read_text()
        assert old in text
        (home / name).write_text(text.replace(old, new))

    return change


def _drop_middle_link(home: Path) -> None:
    path = home / "custody.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text(lines[0] + lines[2])


def _drop_last_link(home: Path) -> None:
    path = home / "custody.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))


FORGERIES: dict[str, Callable[[Path], None]] = {
    "swapped": _swap,
    "missing": lambda home: (home / "evidence/0190-1.jpg").unlink(),
    "added": lambda home: (home / "evidence/extra.jpg").write_bytes(b"x"),
    "added on top": lambda home: (home / "extra").write_bytes(b"x"),
    "changed": lambda home: (home / "evidence/0190-1.jpg").write_bytes(b"x"),
    "linked elsewhere": lambda home: (home / "evidence/link.jpg").symlink_to("/etc/hostname"),
    "no manifest": lambda home: (home / "manifest.json").unlink(),
    "no custody": lambda home: (home / "custody.jsonl").unlink(),
    "no verifier": lambda home: (home / "verify.py").unlink(),
    "other time": _edit("manifest.json", "14:30", "14:31"),
    "other sealing": _edit("custody.jsonl", "SEALED", "SIGNED"),
    "link dropped": _drop_middle_link,
    "chain cut": _drop_last_link,
}


@pytest.mark.parametrize("name", FORGERIES)
def test_forged_file_is_found(bundle: Path, name: str) -> None:
    home = unpacked(bundle)

    FORGERIES[name](home)

    assert verify_bundle.verify(home)[0]


@pytest.mark.parametrize("name", FORGERIES)
def test_forger_who_mends_the_digests_is_betrayed_by_the_signature(bundle: Path, name: str) -> None:
    home = unpacked(bundle)
    FORGERIES[name](home)
    _resum(home)

    assert verify_bundle.verify(home)[0]


@pytest.mark.parametrize("name", ["swapped", "missing", "changed", "link dropped", "chain cut"])
def test_forger_who_also_drops_the_signature_is_betrayed_by_the_chain(
    bundle: Path, name: str
) -> None:
    home = unpacked(bundle)
    FORGERIES[name](home)
    (home / "SHA256SUMS.sig").unlink()
    (home / "public-key.pem").unlink()
    _resum(home)

    assert verify_bundle.verify(home)[0]


def test_other_cases_enter_only_as_digests(bundle: Path) -> None:
    assert b"other case" not in bundle.read_bytes()
    assert b"secret" not in bundle.read_bytes()


def test_object_that_differs_from_the_sealed_one_stops_the_bundle() -> None:
    writer = BundleWriter(BytesIO()).begin(ITEMS[0][0])
    writer.write(PHOTO[:-1] + b"?")

    with pytest.raises(BundleBroken):
        writer.finish()


def test_files_and_archives_beyond_4_gib_have_wide_headers() -> None:
    size = 5 << 30

    local = verify_bundle.local_header("a", size, 1)
    central = verify_bundle.central_header("a", size, 1, size + 100)
    end = verify_bundle.end_records(1, len(central), 2 * size)

    assert local[18:26] == b"\xff" * 8
    assert int.from_bytes(local[-8:], "little") == size
    assert int.from_bytes(central[-8:], "little") == size + 100
    assert end.startswith(b"PK\6\6")
    assert end[-6:-2] == b"\xff" * 4
