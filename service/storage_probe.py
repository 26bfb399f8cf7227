"""Whether the store answers to our key, asked without the client that everything else goes through.

Every process is asked whether it is ready, and the client takes 21 MiB: one listing is therefore
signed here (AWS Signature Version 4, which S3 and its kin speak), with the standard library.
"""

import os
import ssl
from datetime import UTC, datetime
from hashlib import sha256
from hmac import new as hmac
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import quote, urlsplit

from anyio import to_thread

from service.settings import Settings, settings
from service.storage_types import Bucket, StoreUnavailable

QUERY = "list-type=2&max-keys=1&prefix=readyz%2F"  # a name that no object has
NOTHING = sha256(b"").hexdigest()
TIMEOUT_SECONDS = 5.0


def signed(config: Settings, path: str, host: str, at: datetime) -> dict[str, str]:
    """The headers of `GET path?QUERY`."""
    moment, day = f"{at:%Y%m%dT%H%M%SZ}", f"{at:%Y%m%d}"
    headers = {"host": host, "x-amz-content-sha256": NOTHING, "x-amz-date": moment}
    names = ";".join(headers)
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    asked = "\n".join(["GET", path, QUERY, lines, names, NOTHING])
    where = f"{day}/{config.s3_region}/s3/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", moment, where, sha256(asked.encode()).hexdigest()])
    key = b"AWS4" + config.s3_secret_key.get_secret_value().encode()
    for part in where.split("/"):
        key = hmac(key, part.encode(), sha256).digest()
    signature = hmac(key, text.encode(), sha256).hexdigest()
    credential = f"Credential={config.s3_access_key}/{where}"
    return {
        **headers,
        "authorization": f"AWS4-HMAC-SHA256 {credential}, SignedHeaders={names},"
        f" Signature={signature}",
    }


async def answers(bucket: Bucket = Bucket.PUBLIC) -> None:
    """Ask for a listing of the bucket.

    Raises:
        StoreUnavailable: no answer, no such bucket, or the key is not accepted.
    """
    await to_thread.run_sync(_ask, settings(), bucket)


def _ask(config: Settings, bucket: Bucket) -> None:
    at = urlsplit(config.s3_endpoint)
    path = f"{at.path.rstrip('/')}/{quote(f'{config.s3_bucket_prefix}-{bucket}')}"
    connection = (
        HTTPSConnection(
            at.netloc,
            timeout=TIMEOUT_SECONDS,
            context=ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE")),
        )
        if at.scheme == "https"
        else HTTPConnection(at.netloc, timeout=TIMEOUT_SECONDS)
    )
    try:
        headers = signed(config, path, at.netloc, datetime.now(UTC))
        connection.request("GET", f"{path}?{QUERY}", headers=headers)
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        raise StoreUnavailable(str(error)) from error
    finally:
        connection.close()
    if status != 200:
        raise StoreUnavailable(f"the store answers a listing of {bucket} with {status}")
