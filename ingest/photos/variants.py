"""Makes smaller pictures of a photo: thumbnail, screen size, tiles of a 360° picture. Runs in the sandbox only.

Each is encoded from pixels alone, turned as the picture is shown and in sRGB: no EXIF, XMP, colour profile, comment,
embedded thumbnail or trailer passes on. No side is longer than the original's. Equal pixels give equal files.
"""

import hashlib
import io
import zipfile
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from PIL import Image, ImageCms

from ingest.photos.facts import SPHERE, Facts
from ingest.photos.pictures import damaged, open_picture
from ingest.photos.sizes import (
    FULL,
    SCREEN,
    SCREEN_EDGE,
    SPHERE_EDGE,
    THUMBNAIL,
    THUMBNAIL_EDGE,
    TILES,
    USUAL,
    Level,
    Variant,
    tile_levels,
)

QUALITY = {THUMBNAIL: 80, SCREEN: 85, TILES: 85, FULL: 90}
GAP = 2.0
"""Shrinking is done by plain means of pixels until the picture is twice as large as wanted, then with care."""
_TURN = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SRGB = ImageCms.createProfile("sRGB")


def make_variants(
    source: Image.Image | Path,
    facts: Facts,
    folder: Path,
    stem: str,
    wanted: Collection[str] = USUAL,
    *,
    turned: bool = False,
) -> list[Variant]:
    """Write the wanted variants as `stem`-name files into `folder`. Raises UnusablePhoto where pixels are damaged.

    `turned`: the pixels are already as shown (a blurred picture), otherwise the orientation of `facts` is applied.
    `full` is the whole picture, encoded anew; `tiles` are made of 360° pictures wider than 4,096 px only.
    """
    if isinstance(source, Path):
        with open_picture(source, stem) as picture:
            return make_variants(picture, facts, folder, stem, wanted, turned=turned)
    edge = SPHERE_EDGE if facts.projection == SPHERE else SCREEN_EDGE
    tiled = TILES in wanted and facts.projection == SPHERE and facts.width > SPHERE_EDGE
    orientation = 1 if turned else facts.orientation
    pixels = _decoded(source, stem, whole=tiled or FULL in wanted, edge=edge if SCREEN in wanted else THUMBNAIL_EDGE)
    profile = source.info.get("icc_profile")
    made = []
    if tiled or FULL in wanted:
        pixels, profile = _as_shown(pixels, profile, orientation), None
        orientation = 1
        if FULL in wanted:
            made.append(_jpeg(FULL, pixels, folder, stem))
        if tiled:
            made.append(_tiles(pixels, folder, stem))
    screen = _as_shown(_fitted(pixels, edge), profile, orientation)
    if SCREEN in wanted:
        made.append(_jpeg(SCREEN, screen, folder, stem))
    if THUMBNAIL in wanted:
        made.append(_jpeg(THUMBNAIL, _fitted(screen, THUMBNAIL_EDGE), folder, stem))
    return made[::-1]


def shown_pixels(picture: Image.Image, facts: Facts, name: str) -> Image.Image:
    """All pixels as they are shown: turned, RGB in sRGB. Raises UnusablePhoto where they are damaged."""
    profile = picture.info.get("icc_profile")
    return _as_shown(_decoded(picture, name, whole=True, edge=0), profile, facts.orientation)


def _decoded(picture: Image.Image, stem: str, *, whole: bool, edge: int) -> Image.Image:
    """The pixels in mode RGB, L or CMYK; of a JPEG only as many as the edge needs."""
    try:
        if not whole:
            picture.draft(None, _fit(picture.size, edge))  # DCT scaling, never below the wanted size
        picture.load()
        return _plain(picture)
    except Exception as fault:  # decoders raise many types of errors over damaged pixels
        raise damaged(stem, fault) from fault


def _plain(picture: Image.Image) -> Image.Image:
    """The picture without alpha, palette or more than eight bits; transparent parts are white."""
    if picture.mode in ("RGB", "L", "CMYK"):
        return picture
    if picture.mode.startswith("I"):
        return picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if picture.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in picture.info:
        clear = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear).convert("RGB")
    return picture.convert("RGB")


def _fit(size: tuple[int, int], edge: int) -> tuple[int, int]:
    """The size whose longer side is `edge`, or the given one if that is smaller."""
    share = min(1.0, edge / max(size))
    return max(1, round(size[0] * share)), max(1, round(size[1] * share))


def _fitted(picture: Image.Image, edge: int) -> Image.Image:
    size = _fit(picture.size, edge)
    care = Image.Resampling.HAMMING if edge <= THUMBNAIL_EDGE else Image.Resampling.BICUBIC  # half the time
    return picture if size == picture.size else picture.resize(size, care, reducing_gap=GAP)


def _as_shown(picture: Image.Image, profile: bytes | None, orientation: int) -> Image.Image:
    """The picture in sRGB and turned."""
    if profile:
        with suppress(ImageCms.PyCMSError, OSError, ValueError):  # a damaged profile, or one for other colours
            given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if "srgb" not in ImageCms.getProfileDescription(given).lower():
                converted = ImageCms.profileToProfile(picture, given, _SRGB, outputMode="RGB")
                picture = converted or picture
    picture = picture if picture.mode == "RGB" else picture.convert("RGB")
    return picture.transpose(_TURN[orientation]) if orientation in _TURN else picture


def _jpeg(name: str, picture: Image.Image, folder: Path, stem: str) -> Variant:
    content = _encoded(picture, QUALITY[name])
    file = f"{stem}-{name}.jpg"
    (folder / file).write_bytes(content)
    return Variant(name, file, *picture.size, len(content), hashlib.sha256(content).hexdigest(), "image/jpeg")


def _encoded(picture: Image.Image, quality: int) -> bytes:
    """A JPEG of the pixels alone."""
    bare = picture.copy()
    bare.info = {}  # Pillow passes comments and other properties on
    sink = io.BytesIO()
    bare.save(sink, "JPEG", quality=quality)
    return sink.getvalue()


def _tiles(picture: Image.Image, folder: Path, stem: str) -> Variant:
    """A zip of the tiles, "LEVEL/COLUMN_ROW.jpg", of all levels that are wider than the screen size."""
    levels = tuple(tile_levels(*picture.size))
    path = folder / f"{stem}-{TILES}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for level in levels:
            _write_level(picture, level, archive)
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    top_level = levels[-1]
    size_bytes = path.stat().st_size
    return Variant(TILES, path.name, top_level.width, top_level.height, size_bytes, digest, "application/zip", levels)


def _write_level(picture: Image.Image, level: Level, archive: zipfile.ZipFile) -> None:
    size = level.width, level.height
    if size != picture.size:
        picture = picture.resize(size, Image.Resampling.BICUBIC, reducing_gap=GAP)
    for column in range(level.columns):
        for row in range(level.rows):
            left, top = column * level.edge, row * level.edge
            part = picture.crop((left, top, left + level.edge, min(top + level.edge, level.height)))
            name = zipfile.ZipInfo(f"{level.level}/{column}_{row}.jpg")  # its time is fixed: equal files
            archive.writestr(name, _encoded(part, QUALITY[TILES]))
