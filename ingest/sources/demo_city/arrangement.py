"""The initial mesh of the town: faces between main roads, river banks, woods and the city limit."""

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import LineString, Polygon, STRtree

from ingest.sources.demo_city.ground import Ground, metric, rng_for, smooth_line, wander
from ingest.sources.demo_city.mesh import BORDER, Mesh
from ingest.sources.demo_city.table import MainRoad

GRID_M = 0.01
MEADOW_HALF_WIDTH_M = {"river": 26.0, "stream": 9.0}


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The mesh before streets grow. `zone` of a face: -1 land to build on, -2 meadow, else the wood's number."""

    mesh: Mesh
    zones: list[int]
    roads: tuple[tuple[MainRoad, LineString], ...]


def arrange(ground: Ground) -> Arrangement:
    """Node all given lines with each other and build the mesh of their faces."""
    roads = tuple(zip(ground.table.roads, _road_lines(ground), strict=True))
    meadow = shapely.unary_union(
        [shapely.simplify(line.buffer(MEADOW_HALF_WIDTH_M[axis.waterway_class]), 1.0) for axis, line in ground.rivers]
    )
    woods = [wood.difference(meadow.buffer(8)) for _, _, wood in ground.woods]
    borders = [ground.outline.boundary, *(part.boundary for part in shapely.get_parts(meadow))]
    borders += [part.boundary for wood in woods for part in shapely.get_parts(wood)]
    clipped = [shapely.intersection(line, ground.outline) for _, line in roads]
    faces = _faces([*borders, *clipped], ground.outline)
    mesh = _mesh(faces, [line for _, line in roads])
    inside = shapely.point_on_surface(faces)
    zones = np.full(len(faces), -1)
    for index, wood in enumerate(woods):
        zones[shapely.contains(wood, inside)] = index
    zones[shapely.contains(meadow, inside)] = -2
    return Arrangement(mesh, zones.tolist(), roads)


def _road_lines(ground: Ground) -> list[LineString]:
    rng = rng_for(ground.seed, "main roads")
    lines = metric(ground.city, [LineString(road.axis) for road in ground.table.roads])
    return [
        shapely.simplify(LineString(wander(smooth_line(shapely.get_coordinates(line)), rng, 22.0, 1300.0)), 0.3)
        for line in lines
    ]


def _faces(lines: list, outline: Polygon) -> np.ndarray:
    """Polygons of the noded lines, none with a hole: borders are added that connect a hole with the outer ring."""
    for _ in range(6):
        noded = shapely.unary_union(lines, grid_size=GRID_M)
        faces = shapely.get_parts(shapely.polygonize([noded]))
        ties = [tie for face in faces if face.interiors for tie in _ties(face)]
        if not ties:
            break
        lines = [noded, *ties]
    faces = faces[shapely.contains(outline.buffer(1), shapely.point_on_surface(faces))]
    return shapely.normalize(faces)[np.lexsort(shapely.get_coordinates(shapely.centroid(faces)).T)]


def _ties(face: Polygon) -> list[LineString]:
    """Two lines from each hole to the outer ring, on opposite sides, which divide the face in two."""
    ties = []
    for hole in face.interiors:
        tie = shapely.get_coordinates(shapely.shortest_line(hole, face.exterior))
        middle = shapely.get_coordinates(hole.centroid)[0]
        ahead = (tie[1] - middle) / np.hypot(*(tie[1] - middle))
        for turn in (ahead, -ahead):
            ray = LineString([middle, middle + turn * face.length])
            pieces = shapely.get_parts(shapely.intersection(ray, face))
            nearest = min(pieces, key=lambda piece: piece.distance(hole))
            ends = shapely.get_coordinates(nearest)[[0, -1]]
            ties.append(LineString([ends[0] - turn * 0.1, ends[1] + turn * 0.1]))
    return ties


def _mesh(faces: np.ndarray, roads: list[LineString]) -> Mesh:
    """Faces with shared vertices; a side belongs to a road if its midpoint is on the road."""
    mesh = Mesh()
    number: dict[tuple[float, float], int] = {}
    for face in faces:
        ring = shapely.get_coordinates(face.exterior)[:-1]
        if not shapely.is_ccw(face.exterior):
            ring = ring[::-1]
        corners = []
        for x, y in ring.round(2).tolist():
            if (x, y) not in number:
                number[(x, y)] = mesh.add_vertex(x, y)
            corners.append(number[(x, y)])
        mesh.add_face(corners)
    sides = sorted({(min(side), max(side)) for side in mesh.face_of})
    at = np.array(mesh.xy)
    middles = shapely.points((at[[u for u, _ in sides]] + at[[v for _, v in sides]]) / 2)
    asked, found = STRtree(roads).query(middles, predicate="dwithin", distance=0.05)
    street = np.full(len(sides), BORDER)
    street[asked[::-1]] = found[::-1]
    for (u, v), label in zip(sides, street.tolist(), strict=True):
        mesh.set_label(u, v, label)
    _prune(mesh, faces)
    return mesh


def _prune(mesh: Mesh, faces: np.ndarray) -> None:
    """Cut main roads at their last crossing if they end shortly after it; those that leave the city are not cut."""
    limit = shapely.union_all(faces).boundary
    near: dict[int, list[int]] = {}
    for u, v, _ in mesh.street_sides():
        near.setdefault(u, []).append(v)
        near.setdefault(v, []).append(u)
    for start in [vertex for vertex, ends in near.items() if len(ends) == 1]:
        vertex = start
        if limit.distance(shapely.Point(mesh.xy[vertex])) < 1.0:
            continue
        while mesh.degree[vertex] == 1:
            (onward,) = (other for other in near[vertex] if mesh.label_of(vertex, other) != BORDER)
            mesh.set_label(vertex, onward, BORDER)
            vertex = onward
