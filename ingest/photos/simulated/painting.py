"""Paints what a camera sees of a scene: flat colours, nearer faces over farther ones, ground by the pixel.

A flat picture is a pinhole projection, a spherical one equirectangular with the heading in its middle.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ingest.photos.simulated.scene import SIDEWALK_M, Face, Points, Scene

EYE_M = 2.2
NEAR_M = 0.4
SKY_TOP, SKY_LOW = (96, 150, 214), (206, 224, 240)
WINDOW = (74, 88, 104)
WINDOWS_M = 70.0
"""Windows are painted on walls that are nearer."""
ROAD, SIDEWALK, GRASS = (92, 92, 96), (170, 166, 160), (118, 148, 88)
COARSE = 4
"""The ground is looked up for every so many pixels of a side."""
STEP_DEG = 3.0
MARK = "OBRAZ SYNTETYCZNY  ·  SYNTHETIC IMAGE"
LIGHT = np.array([0.6, 0.8])


@dataclass(frozen=True, slots=True)
class Camera:
    """Where a camera is (storage system), its heading from grid north, and its picture; no `hfov_deg`: a sphere."""

    east: float
    north: float
    heading_deg: float
    width: int
    height: int
    hfov_deg: float | None = None

    @property
    def focal_px(self) -> float:
        """Focal length in pixels of a flat picture."""
        assert self.hfov_deg is not None
        return self.width / 2 / float(np.tan(np.radians(self.hfov_deg / 2)))

    def turned(self, points: Points) -> Points:
        """Points (n, 3) as right, ahead and up of the camera."""
        east, north = points[:, 0] - self.east, points[:, 1] - self.north
        sine, cosine = np.sin(np.radians(self.heading_deg)), np.cos(np.radians(self.heading_deg))
        return np.column_stack([east * cosine - north * sine, east * sine + north * cosine, points[:, 2] - EYE_M])


def painted(scene: Scene, camera: Camera, more: tuple[Face, ...] = ()) -> Image.Image:
    """The picture, marked as invented."""
    picture = _background(scene, camera)
    draw = ImageDraw.Draw(picture)
    seen = [(face, camera.turned(face.corners)) for face in (*scene.faces, *more) if _faces(face, camera)]
    seen.sort(key=lambda pair: -float(np.hypot(pair[1][:, 0], pair[1][:, 1]).min()))
    project = _flat if camera.hfov_deg is not None else _sphere
    for face, corners in seen:
        distance = float(np.hypot(corners[:, 0], corners[:, 1]).min())
        for outline in project(corners, camera):
            draw.polygon(outline, fill=_shaded(face.color, face, distance))
        for window in face.windows if distance < WINDOWS_M else ():
            for outline in project(camera.turned(window), camera):
                draw.polygon(outline, fill=_shaded(WINDOW, face, distance))
    font = ImageFont.load_default(max(14, camera.width // 60))
    draw.text(
        (camera.width * 0.015, camera.height * 0.955),
        MARK,
        fill="white",
        font=font,
        stroke_width=2,
        stroke_fill="black",
    )
    return picture


def _faces(face: Face, camera: Camera) -> bool:
    """Whether the camera is in front of the face; roofs are seen from the side only, so hardly."""
    away = np.array([camera.east, camera.north]) - face.corners[0, :2]
    return bool(face.normal @ away > 0)


def _shaded(color: tuple[int, int, int], face: Face, distance: float) -> tuple[int, int, int]:
    light = 0.78 + 0.22 * float(face.normal @ LIGHT)
    haze = min(0.6, distance / 300.0)
    red, green, blue = (
        round(one * light * (1 - haze) + low * haze) for one, low in zip(face.color, SKY_LOW, strict=True)
    )
    return red, green, blue


def _flat(corners: Points, camera: Camera) -> list[list[tuple[float, float]]]:
    """The outline in pixels of what lies ahead of the near plane."""
    kept: list[Points] = []
    for here, after in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if here[1] > NEAR_M:
            kept.append(here)
        if (here[1] > NEAR_M) != (after[1] > NEAR_M):
            kept.append(here + (after - here) * ((NEAR_M - here[1]) / (after[1] - here[1])))
    if len(kept) < 3:
        return []
    found = np.array(kept)
    column = camera.width / 2 + camera.focal_px * found[:, 0] / found[:, 1]
    row = camera.height / 2 - camera.focal_px * found[:, 2] / found[:, 1]
    return [list(zip(column.tolist(), row.tolist(), strict=True))]


def _sphere(corners: Points, camera: Camera) -> list[list[tuple[float, float]]]:
    """The outline in pixels, twice where it crosses the picture's edge."""
    edge = np.vstack([corners, corners[:1]])
    yaw = np.degrees(np.unwrap(np.arctan2(edge[:, 0], edge[:, 1])))
    steps = [max(2, int(abs(turn) / STEP_DEG) + 2) for turn in np.diff(yaw)]
    pairs = zip(edge[:-1], edge[1:], steps, strict=True)
    fine = np.vstack([start + (end - start) * np.linspace(0, 1, count)[:, None] for start, end, count in pairs])
    turn = np.degrees(np.unwrap(np.arctan2(fine[:, 0], fine[:, 1])))
    pitch = np.degrees(np.arctan2(fine[:, 2], np.hypot(fine[:, 0], fine[:, 1])))
    row = (90 - pitch) / 180 * camera.height
    found = []
    for shift in (-360, 0, 360):
        column = (turn + shift + 180) / 360 * camera.width
        if column.max() > 0 and column.min() < camera.width:
            found.append(list(zip(column.tolist(), row.tolist(), strict=True)))
    return found


def _background(scene: Scene, camera: Camera) -> Image.Image:
    """Sky, and the ground as road, sidewalk or grass."""
    columns, rows = camera.width // COARSE, camera.height // COARSE
    right, ahead, up = _rays(camera, columns, rows)
    share = np.clip(up / 0.8, 0, 1)[..., None]
    colors = np.array(SKY_LOW) * (1 - share) + np.array(SKY_TOP) * share
    low = up < -0.004
    reach = -EYE_M / up[low]
    sine, cosine = np.sin(np.radians(camera.heading_deg)), np.cos(np.radians(camera.heading_deg))
    east = camera.east + reach * (right[low] * cosine + ahead[low] * sine)
    north = camera.north + reach * (ahead[low] * cosine - right[low] * sine)
    colors[low] = _ground(scene, east, north)
    picture = Image.fromarray(np.clip(colors, 0, 255).astype(np.uint8))
    return picture.resize((camera.width, camera.height), Image.Resampling.BILINEAR)


def _rays(camera: Camera, columns: int, rows: int) -> tuple[NDArray, NDArray, NDArray]:
    """Directions of coarse pixels: right, ahead (length 1 together) and up."""
    across = (np.arange(columns) + 0.5) / columns
    down = (np.arange(rows) + 0.5) / rows
    if camera.hfov_deg is None:
        yaw, pitch = np.meshgrid(np.radians(across * 360 - 180), np.radians(90 - down * 180))
        return np.sin(yaw), np.cos(yaw), np.tan(np.clip(pitch, -1.55, 1.55))
    right, low = np.meshgrid(
        (across - 0.5) * camera.width / camera.focal_px, (0.5 - down) * camera.height / camera.focal_px
    )
    length = np.hypot(right, 1.0)
    return right / length, 1.0 / length, low / length


def _ground(scene: Scene, east: NDArray, north: NDArray) -> NDArray:
    """Colours of points on the ground, (n, 3)."""
    colors = np.tile(np.array(GRASS, float), (len(east), 1))
    for width, color in ((SIDEWALK_M, SIDEWALK), (0.0, ROAD)):
        for line, half in scene.roads:
            area = line.buffer(half + width, cap_style="flat")
            shapely.prepare(area)
            colors[shapely.contains_xy(area, east, north)] = color
    return colors
