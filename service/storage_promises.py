"""What a store must promise before evidence is sealed in it: that nobody overwrites what is there.

Some S3 servers answer 200 to a condition that they do not know (Ceph's gateway 16.2 does): two
writers of one key would both succeed, and the second would replace the first.  Nothing here can
make up for that, so such a store is found out by trying, once for each process, and refused.
"""

from weakref import WeakKeyDictionary

from service.ids import new_id
from service.storage import Bucket, PreconditionFailed, Store
from service.storage_types import StoreUnfit

CREATE = "an object that is there is not overwritten (If-None-Match)"
JOIN = "an upload in parts does not replace an object (If-None-Match)"
SWAP = "only the named version is replaced (If-Match)"

_tried: WeakKeyDictionary[Store, tuple[str, ...]] = WeakKeyDictionary()


async def unkept(files: Store) -> tuple[str, ...]:
    """The promises among `CREATE`, `JOIN` and `SWAP` that a store does not keep.

    Writes one small object to the incoming bucket, where nothing is kept for long, and removes it.
    """
    key = f"promises/{new_id()}"
    first = await files.put(Bucket.INCOMING, key, b"first", "text/plain")
    try:
        broken = []
        if await files.put_if_absent(Bucket.INCOMING, key, b"second", "text/plain"):
            broken.append(CREATE)
        if await _joined(files, key):
            broken.append(JOIN)
        try:
            await files.put_if_match(Bucket.INCOMING, key, b"third", "text/plain", "0" * len(first))
            broken.append(SWAP)
        except PreconditionFailed:
            pass
        return tuple(broken)
    finally:
        await files.delete(Bucket.INCOMING, key)


async def _joined(files: Store, key: str) -> bool:
    """Whether an upload in parts replaced what was there."""
    upload = await files.create_multipart(Bucket.INCOMING, key, "text/plain")
    part = await files.put_part(Bucket.INCOMING, key, upload, 1, b"joined")
    try:
        await files.complete_multipart(Bucket.INCOMING, key, upload, [part], if_absent=True)
    except PreconditionFailed:
        await files.abort_multipart(Bucket.INCOMING, key, upload)
        return False
    return True


async def require_create_only(files: Store) -> None:
    """Refuse to seal in a store that lets a second writer replace what is sealed.

    Raises:
        StoreUnfit: as said, with what to do.
        StoreError: the store could not be tried.
    """
    if files not in _tried:
        _tried[files] = await unkept(files)
    broken = [one for one in _tried[files] if one in (CREATE, JOIN)]
    if broken:
        raise StoreUnfit(
            f"nothing is sealed in this object store, for it does not promise that"
            f" {' or that '.join(broken)}; use one with conditional writes (docs/evidence.md) and"
            " retry the parked deliveries, nothing is lost meanwhile"
        )
