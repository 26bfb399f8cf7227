"""What a person covered in a copy for the public is gone from it."""

from io import BytesIO

import pytest
from PIL import Image

from service.errors import Invalid
from service.evidence import blurring
from service.evidence.records import BlurredCopy
from service.evidence.rules import Rectangle, WrongState, check_rectangles
from service.evidence.sealing import verify_and_seal
from service.ids import new_id
from service.storage import Bucket, store
from tenants.wall import tenant_transaction
from tests.evidence.conftest import Desk

FACE = Rectangle(250, 250, 500, 500)


def photo(orientation: int | None = None) -> bytes:
    """White outside, red inside the middle quarter; EXIF with a place and an orientation."""
    image = Image.new("RGB", (400, 200), "white")
    image.paste((255, 0, 0), (100, 50, 300, 150))
    exif = Image.Exif()
    exif[0x010E] = "某人"
    if orientation:
        exif[274] = orientation
    out = BytesIO()
    image.save(out, "JPEG", quality=95, exif=exif)
    return out.getvalue()


async def copied(desk: Desk, body: bytes, rectangles: list[Rectangle]) -> Image.Image:
    evidence_id = await desk.hand_in(body)
    await verify_and_seal(desk.scope, evidence_id)
    async with tenant_transaction(desk.scope):
        await blurring.order(evidence_id, rectangles)
    copy_id = new_id()
    for _ in range(2):
        await blurring.make(desk.scope, evidence_id, copy_id, rectangles, "account:clerk")
    async with tenant_transaction(desk.scope, read_only=True):
        (copy,) = await BlurredCopy.all()
    assert (copy.version, copy.id) == (1, copy_id)
    row = await desk.row(evidence_id)
    data, _ = await store().get(Bucket.DERIVED, row.blurred_key(copy_id))
    assert len(data) == copy.byte_length
    assert await desk.acts(evidence_id) == ["DECLARED", "UPLOADED", "SEALED", "BLURRED"]
    return Image.open(BytesIO(data))


def reds(image: Image.Image) -> int:
    pixels = image.convert("RGB")
    return sum(r > 150 and g < 110 and b < 110 for r, g, b in pixels.get_flattened_data())


@pytest.mark.parametrize("orientation", [None, 3, 6, 8])
async def test_nothing_shows_through_also_when_the_camera_was_turned(
    desk: Desk, orientation: int | None
) -> None:
    image = await copied(desk, photo(orientation), [FACE])

    assert reds(image) == 0
    assert not image.getexif()
    turned = orientation in (6, 8)
    assert image.size == ((200, 400) if turned else (400, 200))


async def test_without_rectangles_the_copy_only_loses_its_metadata(desk: Desk) -> None:
    image = await copied(desk, photo(), [])

    assert reds(image) > 15_000
    assert not image.getexif()


@pytest.mark.parametrize(
    "wrong",
    [
        Rectangle(-1, 0, 10, 10),
        Rectangle(0, 0, 0, 10),
        Rectangle(995, 0, 10, 10),
        Rectangle(0, 999, 10, 2),
    ],
)
def test_a_rectangle_lies_in_the_picture(wrong: Rectangle) -> None:
    with pytest.raises(Invalid):
        check_rectangles([FACE, wrong])


def test_there_is_an_end_to_rectangles() -> None:
    with pytest.raises(Invalid):
        check_rectangles([FACE] * 51)


async def test_only_a_sealed_photo_is_copied(desk: Desk) -> None:
    evidence_id = await desk.hand_in()
    with pytest.raises(WrongState):
        async with tenant_transaction(desk.scope):
            await blurring.order(evidence_id, [])
