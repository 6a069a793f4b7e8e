"""Smaller pictures: their sizes, orientation, colours, and that nothing but pixels passes on."""

import hashlib
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from ingest.errors import UnusablePhoto
from ingest.photos.facts import Facts, read_facts
from ingest.photos.sizes import FULL, TILES, Level, Variant, tile_levels
from ingest.photos.variants import make_variants
from tests.ingest.photos.making import KIELCE, jpeg, pixels

ALLOWED_MARKERS = {0xD8, 0xDB, 0xC0, 0xC4, 0xDA, 0xE0}
"""Start, tables, frame, scan, and the JFIF header."""


def made(content: bytes, folder: Path, **options: object) -> tuple[Facts, dict[str, Variant]]:
    path = folder / "photo.jpg"
    path.write_bytes(content)
    facts = read_facts(path, path.name)
    return facts, {one.name: one for one in make_variants(path, facts, folder, "p", **options)}  # type: ignore[arg-type]


def markers(content: bytes) -> list[int]:
    """The markers of a JPEG up to its scan; the file must end with the end marker of that scan."""
    found: list[int] = []
    place = 0
    while not found or found[-1] != 0xDA:
        assert content[place] == 0xFF
        found.append(content[place + 1])
        place += 2 if found[-1] == 0xD8 else 2 + int.from_bytes(content[place + 2 : place + 4], "big")
    assert content[place:].count(b"\xff\xd9") == 1
    assert content.endswith(b"\xff\xd9")
    return found


def test_sizes_of_a_large_and_a_small_picture(tmp_path: Path) -> None:
    _, large = made(jpeg(size=(3000, 1500)), tmp_path)
    assert {name: (one.width, one.height) for name, one in large.items()} == {
        "thumbnail": (320, 160), "screen": (2048, 1024),
    }  # fmt: skip
    _, small = made(jpeg(size=(200, 100)), tmp_path)
    assert {(one.width, one.height) for one in small.values()} == {(200, 100)}


def test_a_variant_is_described_as_it_is(tmp_path: Path) -> None:
    _, found = made(jpeg(size=(640, 480)), tmp_path)
    for one in found.values():
        content = (tmp_path / one.file).read_bytes()
        assert (one.bytes, one.sha256) == (len(content), hashlib.sha256(content).hexdigest())
        with Image.open(io.BytesIO(content)) as picture:
            assert (picture.size, picture.format, one.media_type) == ((one.width, one.height), "JPEG", "image/jpeg")


def test_only_pixels_pass_on(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    content = jpeg(
        {**KIELCE, "Make": "Secret Maker"},
        'exif:GPSLatitude="50.1"',
        (640, 480),
        comment=b"Secret",
        icc_profile=profile,
    )
    _, found = made(content + b"Secret trailer", tmp_path, wanted=("thumbnail", "screen", FULL))
    assert set(found) == {"thumbnail", "screen", FULL}
    for one in found.values():
        written = (tmp_path / one.file).read_bytes()
        assert set(markers(written)) <= ALLOWED_MARKERS
        assert b"Secret" not in written


def test_equal_pictures_give_equal_files(tmp_path: Path) -> None:
    first = made(sphere(4100), tmp_path)[1]
    assert TILES in first
    assert made(sphere(4100), tmp_path)[1] == first


@pytest.mark.real_data
def test_turned_pictures_are_shown_alike(real_data: Path, tmp_path: Path) -> None:
    shown = []
    for one in (1, 3, 6, 8):
        path = real_data / f"photos/hostile/orientation_{one}.jpg"
        folder = tmp_path / str(one)
        folder.mkdir()
        variants = {each.name: each for each in make_variants(path, read_facts(path, ""), folder, "p")}
        assert (variants["thumbnail"].width, variants["thumbnail"].height) == (320, 240)
        with Image.open(folder / variants["thumbnail"].file) as picture:
            shown.append(np.asarray(picture, dtype=float))
    for other in shown[1:]:
        assert np.abs(other - shown[0]).mean() < 12
        assert np.abs(other[::-1, ::-1] - shown[0]).mean() > 30


@pytest.mark.parametrize("orientation", range(1, 9))
def test_each_orientation_puts_the_first_row_where_exif_says(tmp_path: Path, orientation: int) -> None:
    stored = np.zeros((96, 160, 3), dtype=np.uint8)
    stored[:16], stored[:, :16] = (255, 0, 0), (0, 0, 255)  # row 0 red, column 0 blue
    sink = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(stored).save(sink, "JPEG", exif=exif, quality=95, subsampling=0)
    _, found = made(sink.getvalue(), tmp_path)
    with Image.open(tmp_path / found["screen"].file) as picture:
        seen = np.asarray(picture).astype(int)
    edges = {
        "top": seen[4, 40:-40].mean(0),
        "bottom": seen[-4, 40:-40].mean(0),
        "left": seen[40:-40, 4].mean(0),
        "right": seen[40:-40, -4].mean(0),
    }
    red = {name for name, colour in edges.items() if colour[0] > 180}
    blue = {name for name, colour in edges.items() if colour[2] > 180}
    # EXIF 2.32, tag Orientation: where row 0 and column 0 are seen.
    expected = {
        1: ("top", "left"), 2: ("top", "right"), 3: ("bottom", "right"), 4: ("bottom", "left"),
        5: ("left", "top"), 6: ("right", "top"), 7: ("right", "bottom"), 8: ("left", "bottom"),
    }[orientation]  # fmt: skip
    assert (red, blue) == ({expected[0]}, {expected[1]})


def test_pixels_that_are_turned_already_are_not_turned_again(tmp_path: Path) -> None:
    facts, _ = made(jpeg({"Orientation": 6}, size=(64, 48)), tmp_path)
    (blurred,) = make_variants(pixels(48, 64), facts, tmp_path, "b", (FULL,), turned=True)
    assert (blurred.width, blurred.height) == (48, 64)


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "CMYK", "I;16", "1"])
def test_every_mode_becomes_a_plain_picture(tmp_path: Path, mode: str) -> None:
    grey = np.tile(np.linspace(0, 65535, 64).astype(np.uint16), (48, 1))
    picture = Image.fromarray(grey) if mode == "I;16" else Image.fromarray((grey >> 8).astype(np.uint8)).convert(mode)
    path = tmp_path / "photo.tif"
    picture.save(path)
    facts = read_facts(path, path.name)
    found = {one.name: one for one in make_variants(path, facts, tmp_path, "p")}
    with Image.open(tmp_path / found["screen"].file) as seen:
        assert seen.mode == "RGB"
        row = np.asarray(seen.convert("L")).astype(int).mean(0)
    assert row[:4].mean() < 40
    assert row[-4:].mean() > 215


def test_transparent_parts_are_white(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    Image.new("RGBA", (32, 32), (0, 0, 0, 0)).save(path)
    found = make_variants(path, read_facts(path, ""), tmp_path, "p")
    with Image.open(tmp_path / found[0].file) as seen:
        assert seen.getpixel((5, 5)) == (255, 255, 255)


def test_colours_of_another_profile_become_those_of_srgb(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = profile.replace(b"rXYZ", b"?XYZ").replace(b"bXYZ", b"rXYZ").replace(b"?XYZ", b"bXYZ")
    swapped = swapped.replace("sRGB".encode("utf-16-be"), "test".encode("utf-16-be"))
    sink = io.BytesIO()
    Image.new("RGB", (64, 64), (250, 20, 20)).save(sink, "JPEG", icc_profile=swapped)
    _, found = made(sink.getvalue(), tmp_path)
    with Image.open(tmp_path / found["screen"].file) as seen:
        assert np.abs(np.asarray(seen)[32, 32].astype(int) - [20, 20, 250]).max() < 12


def test_a_damaged_profile_is_ignored(tmp_path: Path) -> None:
    assert made(jpeg(size=(64, 64), icc_profile=b"no profile"), tmp_path)[1]["screen"].width == 64


@pytest.mark.parametrize("cut", [0.3, 0.9])
def test_a_picture_that_ends_early_is_damaged(tmp_path: Path, cut: float) -> None:
    content = jpeg(size=(800, 600))
    with pytest.raises(UnusablePhoto) as raised:
        made(content[: int(len(content) * cut)], tmp_path)
    assert raised.value.reason == "damaged"


def sphere(width: int) -> bytes:
    """A 360° picture of smooth colours."""
    return jpeg(xmp='GPano:ProjectionType="equirectangular"', size=(width, width // 2), quality=60)


def test_tiles_of_a_panorama_are_its_pixels(tmp_path: Path) -> None:
    _, found = made(sphere(4164), tmp_path)
    assert (found["screen"].width, found["screen"].height) == (4096, 2048)
    tiles = found[TILES]
    assert tiles.levels == (Level(0, 4160, 2080, 8, 4, 520),)
    with zipfile.ZipFile(tmp_path / tiles.file) as archive, Image.open(tmp_path / "photo.jpg") as whole:
        names = archive.namelist()
        assert sorted(names) == sorted(f"0/{column}_{row}.jpg" for column in range(8) for row in range(4))
        assert {one.compress_type for one in archive.infolist()} == {zipfile.ZIP_STORED}
        tile = Image.open(io.BytesIO(archive.read("0/5_2.jpg")))
        assert tile.size == (520, 520)
        assert set(markers(archive.read("0/5_2.jpg"))) <= ALLOWED_MARKERS
        left, top, right, bottom = (round(one * 520 * 4164 / 4160) for one in (5, 2, 6, 3))
        part = whole.crop((left, top, right, bottom)).resize((520, 520))
    assert np.abs(np.asarray(tile, dtype=float) - np.asarray(part, dtype=float)).mean() < 6


def test_no_tiles_of_small_panoramas_and_flat_pictures(tmp_path: Path) -> None:
    assert TILES not in made(sphere(4096), tmp_path)[1]
    assert TILES not in made(jpeg(size=(4200, 700)), tmp_path)[1]


@pytest.mark.parametrize(
    ("size", "levels"),
    [
        ((5760, 2880), [Level(0, 5760, 2880, 8, 4, 720)]),
        ((16384, 8192), [Level(0, 8192, 4096, 16, 8, 512), Level(1, 16384, 8192, 32, 16, 512)]),
        ((15872, 2606), [Level(0, 7936, 1303, 16, 3, 496), Level(1, 15872, 2606, 32, 6, 496)]),
    ],
)
def test_levels_of_tiles(size: tuple[int, int], levels: list[Level]) -> None:
    assert list(tile_levels(*size)) == levels
