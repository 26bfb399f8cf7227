"""The four buckets and what each must be set to, applied anew at every start."""

from typing import TYPE_CHECKING

import boto3
from botocore.client import Config
from botocore.exceptions import BotoCoreError, ClientError

from infra.embedded.errors import StackError
from infra.embedded.store import ACCESS_KEY, REGION

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import CORSRuleTypeDef

BUCKETS = ("incoming", "sealed", "derived", "public")

# Phones and browsers put parts straight into the store and need each part's etag.
_CORS_RULE: "CORSRuleTypeDef" = {
    "AllowedOrigins": ["*"],
    "AllowedMethods": ["PUT", "GET", "HEAD"],
    "AllowedHeaders": ["*"],
    "ExposeHeaders": ["ETag"],
    "MaxAgeSeconds": 3600,
}


def configure(endpoint: str, secret: str, prefix: str, *, access_key: str = ACCESS_KEY) -> None:
    """Create what is missing and set what a restart may have lost.

    Raises:
        StackError: the store refuses.
    """
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret,
        config=Config(
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            connect_timeout=5,
            read_timeout=20,
            retries={"total_max_attempts": 2},
        ),
    )
    try:
        present = {bucket["Name"] for bucket in client.list_buckets()["Buckets"]}
        for name in BUCKETS:
            bucket = f"{prefix}-{name}"
            if bucket not in present:
                locked = name == "sealed"
                client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=locked)
        _set(client, prefix)
    except (BotoCoreError, ClientError) as error:
        raise StackError(f"the object store refused its buckets: {error}") from error


def _set(client: "S3Client", prefix: str) -> None:
    client.put_bucket_versioning(
        Bucket=f"{prefix}-sealed", VersioningConfiguration={"Status": "Enabled"}
    )
    client.put_object_lock_configuration(
        Bucket=f"{prefix}-sealed",
        ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"},
    )
    client.put_bucket_cors(
        Bucket=f"{prefix}-incoming",
        CORSConfiguration={"CORSRules": [_CORS_RULE]},
    )
