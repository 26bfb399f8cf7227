"""`make test-storage`: the conformance suite against other stores, and which promises they keep.

Exit code 0 when every store that could be run was run; what a store does not keep is a finding
about that store, printed and not an error of ours.  1 when none could be run.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import boto3
from botocore.client import Config
from botocore.exceptions import ClientError

from tests.storage.stores.localstack import LocalStack
from tests.storage.stores.radosgw import RadosGateway
from tests.storage.stores.served import Server, Unavailable

PREFIX = "storage-tests"
ROOT = Path(__file__).resolve().parents[3]


def main() -> int:
    """Run the suite against each store in turn."""
    found: dict[str, dict[str, bool]] = {}
    for kind in (RadosGateway, LocalStack):
        with tempfile.TemporaryDirectory(prefix="st-") as home:
            server: Server = kind(Path(home))
            print(f"{server.name}: starting", flush=True)
            try:
                server.start()
                found[server.name] = examined(server, Path(home))
            except Unavailable as error:
                print(f"{server.name}: not run, {error}", flush=True)
            finally:
                server.stop()
    for line in table(found):
        print(line)
    return 0 if found else 1


def examined(server: Server, home: Path) -> dict[str, bool]:
    """Each promise, and whether the store keeps it."""
    report = home / "report.xml"
    subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "0", "-p", "no:randomly", "tests/storage",
         f"--junitxml={report}"],
        cwd=ROOT,
        env={
            **os.environ,
            "ANSHANG_STORE_UNDER_TEST": server.endpoint,
            "ANSHANG_STORE_ACCESS_KEY": server.access_key,
            "ANSHANG_STORE_SECRET_KEY": server.secret_key,
        },
        check=False,
    )  # fmt: skip
    kept = {
        case.attrib["name"]: not (list(case.iter("failure")) or list(case.iter("error")))
        for case in ET.parse(report).iter("testcase")
    }
    return kept | outlasting(server)


def outlasting(server: Server) -> dict[str, bool]:
    """What of a bucket outlasts a restart of the server."""
    client = boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        region_name="us-east-1",
        aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key,
        config=Config(s3={"addressing_style": "path"}),
    )
    sealed, incoming = f"{PREFIX}-sealed", f"{PREFIX}-incoming"
    client.put_object(Bucket=sealed, Key="kept", Body=b"kept")
    server.restart()

    def holds(question: str, **about: str) -> bool:
        try:
            answer = getattr(client, question)(**about)
        except ClientError:
            return False
        return answer.get("Status", "Enabled") == "Enabled"

    return {
        "restart keeps objects": holds("head_object", Bucket=sealed, Key="kept"),
        "restart keeps versioning": holds("get_bucket_versioning", Bucket=sealed),
        "restart keeps the lock": holds("get_object_lock_configuration", Bucket=sealed),
        "restart keeps CORS": holds("get_bucket_cors", Bucket=incoming),
    }


def table(found: dict[str, dict[str, bool]]) -> Iterator[str]:
    """Promises down, stores across, as the documentation shows them."""
    yield "| promise | " + " | ".join(found) + " |"
    yield "|---|" + "---|" * len(found)
    for promise in dict.fromkeys(name for kept in found.values() for name in kept):
        words = promise.removeprefix("test_").replace("_", " ")
        marks = ("yes" if kept.get(promise) else "**no**" for kept in found.values())
        yield f"| {words} | " + " | ".join(marks) + " |"


if __name__ == "__main__":
    raise SystemExit(main())
