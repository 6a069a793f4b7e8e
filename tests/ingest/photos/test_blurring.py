"""The burnt blur: nothing of a region or of the file's metadata is left in any variant; the rest is the picture."""

import io
import struct
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageOps

from ingest.errors import UnreadableFile, UnusablePhoto
from ingest.photos.blurring import BLOCKS, blur
from ingest.photos.blurring import grown as grown_anywhere
from ingest.photos.protecting import blurred_variants
from tests.ingest.photos.making import KIELCE, exif_block, facts_of, heic, jpeg, packet, pixels

Shares = tuple[float, float, float, float]
FACE = (0.25, 0.25, 0.5, 0.5)
LOSS = 12
"""Grey values by which a JPEG of quality 80 may differ from its pixels, on average over the picture."""


def grown(region: Shares, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """The region with its margin, cut to the picture."""
    left, top, right, bottom = grown_anywhere(region, size)
    return max(0, left), max(0, top), min(size[0], right), min(size[1], bottom)


def fine(width: int, height: int) -> Image.Image:
    """A picture with an edge at every fourth pixel, so that a blur changes it everywhere."""
    noise = np.random.default_rng(4).integers(0, 256, (height // 4 + 1, width // 4 + 1, 3), dtype=np.uint8)
    return Image.fromarray(noise.repeat(4, 0).repeat(4, 1)[:height, :width])


def encoded(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    sink = io.BytesIO()
    picture.save(sink, kind, **options)
    return sink.getvalue()


def made(content: bytes, regions: Sequence[Shares], folder: Path) -> dict[str, bytes]:
    """The files of the variants by name."""
    path = folder / "original"
    path.write_bytes(content)
    work = folder / "work"
    work.mkdir(exist_ok=True)
    return {one.variant.name: one.path.read_bytes() for one in blurred_variants(path, regions, work, "a.jpg")}


def opened(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).astype(int)


def stitched(archive: bytes) -> Iterator[np.ndarray]:
    """The picture of each level of tiles."""
    with zipfile.ZipFile(io.BytesIO(archive)) as found:
        names = found.namelist()
        for level in sorted({name.partition("/")[0] for name in names}):
            places = [name.partition("/")[2][:-4].split("_") for name in names if name.startswith(f"{level}/")]
            columns, rows = (max(int(place[axis]) for place in places) + 1 for axis in (0, 1))
            tile = [[opened(found.read(f"{level}/{x}_{y}.jpg")) for x in range(columns)] for y in range(rows)]
            yield np.vstack([np.hstack(row) for row in tile])


def fields_spread(shown: np.ndarray, box: tuple[int, int, int, int], across: int, down: int) -> float:
    """The greatest standard deviation within the inner half of one block."""
    left, top, right, bottom = box
    wide, high = (right - left) / across, (bottom - top) / down
    worst = 0.0
    for row in range(down):
        for column in range(across):
            x, y = left + column * wide, top + row * high
            inner = shown[
                int(y + high * 0.3) : int(y + high * 0.7) + 1, int(x + wide * 0.3) : int(x + wide * 0.7) + 1
            ]
            worst = max(worst, float(inner.std(axis=(0, 1)).max()))
    return worst


def test_a_region_is_at_most_eight_blocks_across_and_each_is_the_average_of_its_pixels() -> None:
    picture = fine(400, 300)
    before = np.asarray(picture).astype(float)
    blur(picture, [FACE])
    after = np.asarray(picture).astype(float)
    # 100 x 75 px from (100, 75), and 10 px more on each side: 120 x 95 px in 8 x 6 blocks of 15 x 15.8 px.
    region = after[65:160, 90:210]
    assert len(np.unique(region.reshape(-1, 3), axis=0)) == 8 * 6
    assert np.abs(after[65:80, 90:105] - before[65:80, 90:105].mean(axis=(0, 1))).max() < 12  # 15 of 15.8 rows
    assert np.ptp(after[65:80, 90:105], axis=(0, 1)).max() == 0
    outside = np.ones(after.shape[:2], bool)
    outside[65:160, 90:210] = False
    assert (after[outside] == before[outside]).all()


def test_the_margin_of_a_region_goes_on_beyond_the_seam_of_a_sphere() -> None:
    before = np.asarray(fine(400, 200))
    flat, sphere = Image.fromarray(before), Image.fromarray(before)
    blur(flat, [(0.9, 0.4, 1.0, 0.6)])  # 40 px from 360, and 4 px more
    blur(sphere, [(0.9, 0.4, 1.0, 0.6)], sphere=True)
    changed = [np.flatnonzero((np.asarray(one) != before).any(axis=(0, 2))) for one in (flat, sphere)]
    assert (changed[0].min(), changed[0].max()) == (356, 399)
    assert changed[1].tolist() == [0, 1, 2, 3, *changed[0].tolist()]


def test_pixels_beside_a_region_do_not_colour_it() -> None:
    picture = Image.new("RGB", (200, 200), "red")
    picture.paste("blue", grown(FACE, picture.size))
    blur(picture, [FACE])
    assert set(picture.get_flattened_data() if hasattr(picture, "get_flattened_data") else picture.getdata()) == {
        (255, 0, 0),
        (0, 0, 255),
    }


@pytest.mark.parametrize("region", [(0.5, 0.5, 0.5025, 0.5033), (0.0, 0.0, 0.0025, 0.0033), (0.9975, 0.99, 1.0, 1.0)])
def test_a_region_of_one_pixel_is_one_colour(region: Shares) -> None:
    picture = fine(400, 300)
    blur(picture, [region])
    box = grown(region, picture.size)
    assert picture.crop(box).getcolors(1) is not None
    assert (box[2] - box[0]) * (box[3] - box[1]) >= 9


def test_the_whole_picture_is_sixty_four_colours_at_most() -> None:
    picture = fine(400, 300)
    blur(picture, [(0.0, 0.0, 1.0, 1.0)])
    assert len(picture.getcolors(100) or []) == BLOCKS * 6


def test_every_variant_shows_the_blur_and_the_picture_outside(tmp_path: Path) -> None:
    picture = pixels(800, 600)
    sharp = fine(200, 150)
    picture.paste(sharp, (200, 150))
    found = made(encoded(picture, "JPEG", quality=95), [FACE], tmp_path)
    assert sorted(found) == ["full", "screen", "thumbnail"]
    for content in found.values():
        shown = opened(content)
        height, width, _ = shown.shape
        wanted = np.asarray(picture.resize((width, height), Image.Resampling.BICUBIC)).astype(int)
        box = grown(FACE, (800, 600))
        here = [round(one * width / 800) for one in box]
        assert fields_spread(shown, (here[0], here[1], here[2], here[3]), 8, 6) < 10
        outside = np.ones((height, width), bool)
        outside[here[1] - 2 : here[3] + 2, here[0] - 2 : here[2] + 2] = False
        assert np.abs(shown - wanted)[outside].mean() < LOSS
        inside = np.abs(shown - wanted)[here[1] + 4 : here[3] - 4, here[0] + 4 : here[2] - 4]
        assert inside.mean() > 3 * LOSS


@pytest.mark.parametrize(
    ("width", "widths"),
    [(4200, [4200]), pytest.param(8400, [4200, 8400], marks=pytest.mark.thorough)],
)
def test_tiles_of_every_level_show_a_blur_that_crosses_the_seam(
    width: int, widths: list[int], tmp_path: Path
) -> None:
    picture = fine(width, width // 2)
    sphere = packet('GPano:ProjectionType="equirectangular"')
    regions = [(0.98, 0.45, 1.0, 0.55), (0.0, 0.45, 0.02, 0.55)]
    found = made(encoded(picture, "JPEG", quality=90, xmp=sphere), regions, tmp_path)
    assert sorted(found) == ["full", "screen", "thumbnail", "tiles"]
    levels = list(stitched(found["tiles"]))
    assert [one.shape[1] for one in levels] == widths  # 525 px a tile, so no column is lost
    for shown in [*levels, opened(found["full"]), opened(found["screen"])]:
        for region in regions:
            left, top, right, bottom = (
                round(one * shown.shape[1] / width) for one in grown(region, (width, width // 2))
            )
            blocks = round(8 * (right - left) / (bottom - top))
            assert fields_spread(shown, (left, top, right, bottom), blocks, 8) < 12


SECRETS = (b"SERIAL-4711", b"MAKER-NOTE-4711", b"XMP-4711", b"TRAILER-4711", b"COMMENT-4711", b"PROFILE-4711")


def full_of_secrets() -> bytes:
    """A JPEG with serial number, maker note, thumbnail, XMP, comment, profile, second picture and trailer."""
    tags = {**KIELCE, "BodySerialNumber": "SERIAL-4711", "MakerNote": b"MAKER-NOTE-4711", "Make": "Maker"}
    block = Image.Exif()
    block.load(exif_block(tags))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() + b"PROFILE-4711"
    thumbnail = encoded(Image.new("RGB", (16, 16), "lime"), "JPEG", comment=b"COMMENT-4711")
    first = encoded(
        pixels(640, 480), "JPEG", exif=with_thumbnail(block, thumbnail), xmp=packet('exif:UserComment="XMP-4711"'),
        icc_profile=profile, comment=b"COMMENT-4711",
    )  # fmt: skip
    second = encoded(pixels(640, 480, seed=1), "JPEG", comment=b"COMMENT-4711")
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("depth.bin", b"TRAILER-4711")
    mpf = b"MPF\0MM\0*\0\0\0\x08" + struct.pack(">H", 0) + b"\0\0\0\0"
    segment = b"\xff\xe2" + struct.pack(">H", len(mpf) + 2) + mpf
    return first[:2] + segment + first[2:] + second + sink.getvalue()


def with_thumbnail(block: Image.Exif, thumbnail: bytes) -> bytes:
    """An EXIF block with a thumbnail in its second directory."""
    directory = block.get_ifd(1)
    directory[0x0103] = 6
    directory[0x0201] = 0
    directory[0x0202] = len(thumbnail)
    content = block.tobytes()
    return content + thumbnail


def test_no_metadata_of_the_original_survives(tmp_path: Path) -> None:
    content = full_of_secrets()
    assert all(secret in content for secret in SECRETS)
    for name, file in made(content, [FACE], tmp_path).items():
        assert not [secret for secret in SECRETS if secret in file], name
        assert not [
            mark for mark in (b"Exif", b"http://ns.adobe", b"ICC_PROFILE", b"MPF", b"PK\x03\x04") if mark in file
        ]
        assert file.count(b"\xff\xd8\xff") == 1 and file.endswith(b"\xff\xd9")
        with Image.open(io.BytesIO(file)) as picture:
            assert not picture.getexif() and set(picture.info) <= {
                "jfif",
                "jfif_version",
                "jfif_unit",
                "jfif_density",
            }


@pytest.mark.parametrize("orientation", range(1, 9))
def test_regions_are_of_the_picture_as_it_is_shown(orientation: int, tmp_path: Path) -> None:
    shown = Image.new("RGB", (240, 160), "white")
    shown.paste("red", (0, 0, 120, 80))
    undo = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]
    stored = shown if undo is None else shown.transpose(Image.Transpose(undo))
    content = encoded(stored, "JPEG", quality=95, exif=exif_block({"Orientation": orientation}))
    found = opened(made(content, [(0.75, 0.75, 1.0, 1.0)], tmp_path)["full"])
    assert found.shape == (160, 240, 3)
    assert np.abs(found[20:60, 20:100] - (254, 0, 0)).max() < 8
    assert np.abs(found[100:140, 140:220] - 255).max() < 8


def odd_orientation(how: str) -> dict[str, object]:
    """EXIF or XMP that Pillow takes for "turn by 90 degrees" and browsers do not."""
    if how == "xmp":
        return {"xmp": packet('xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"')}
    kind = {"long": struct.pack("<HII", 4, 1, 6), "text": struct.pack("<HI4s", 2, 2, b"6")}[how]
    return {"exif": b"Exif\0\0II*\0" + struct.pack("<IHH", 8, 1, 0x0112) + kind + bytes(4)}


@pytest.mark.parametrize("how", ["xmp", "long", "text"])
def test_an_orientation_that_browsers_ignore_is_ignored_and_flagged(how: str, tmp_path: Path) -> None:
    shown = Image.new("RGB", (240, 160), "white")
    shown.paste("red", (0, 0, 120, 80))
    content = encoded(shown, "JPEG", quality=95, **odd_orientation(how))
    assert Image.open(io.BytesIO(content)).getexif()[0x0112] in (6, "6"), "Pillow takes it for an orientation"
    found = opened(made(content, [], tmp_path)["full"])
    assert found.shape == (160, 240, 3) and np.abs(found[20:60, 20:100] - (254, 0, 0)).max() < 8
    assert "wrong_type" in facts_of(content, tmp_path).reasons


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_pictures_of_other_formats_are_turned_once(kind: str, orientation: int, tmp_path: Path) -> None:
    stored = Image.new("RGB", (240, 160), "white")
    stored.paste("red", (0, 0, 120, 80))
    block = Image.Exif()
    block[0x0112] = orientation
    content = encoded(stored, kind, exif=block if kind == "TIFF" else block.tobytes())
    with Image.open(io.BytesIO(content)) as picture:
        picture.load()
        expected = np.asarray(ImageOps.exif_transpose(picture).convert("RGB")).astype(int)
    found = opened(made(content, [], tmp_path)["full"])
    facts = facts_of(content, tmp_path)
    assert found.shape == expected.shape and (facts.width, facts.height) == expected.shape[1::-1]
    assert np.abs(found - expected).mean() < 8


def test_a_heic_is_blurred_too(tmp_path: Path) -> None:
    found = made(heic({**KIELCE, "Make": "SERIAL-4711"}, (320, 240)), [(0.0, 0.0, 1.0, 1.0)], tmp_path)
    for file in found.values():
        shown = opened(file)
        assert b"SERIAL" not in file and fields_spread(shown, (0, 0, shown.shape[1], shown.shape[0]), 8, 6) < 6


def test_five_hundred_regions_are_burnt(tmp_path: Path) -> None:
    cells = [(x / 25, y / 20) for y in range(20) for x in range(25)]
    regions = [(x, y, x + 1 / 25, y + 1 / 20) for x, y in cells]
    picture = fine(1000, 800)
    shown = opened(made(encoded(picture), regions, tmp_path)["full"])
    before = np.asarray(picture).astype(int)
    differing = np.abs(shown - before).mean(axis=2).reshape(20, 40, 25, 40).mean(axis=(1, 3))
    assert differing.shape == (20, 25) and differing.min() > 20


def test_a_picture_without_regions_is_encoded_anew(tmp_path: Path) -> None:
    content = jpeg({**KIELCE, "Make": "SERIAL-4711"}, size=(320, 240))
    found = made(content, [], tmp_path)
    assert b"SERIAL-4711" not in found["full"]
    assert np.abs(opened(found["full"]) - opened(content)).mean() < LOSS


def test_a_damaged_picture_and_a_missing_one_are_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="a.jpg"):
        made(jpeg(size=(640, 480))[:2000], [FACE], tmp_path)
    with pytest.raises(UnusablePhoto, match="a.jpg is missing"):
        blurred_variants(tmp_path / "none", [], tmp_path, "a.jpg")
