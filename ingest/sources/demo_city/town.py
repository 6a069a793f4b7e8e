"""The whole demo city, computed in stages; each stage is computed once and cached."""

from functools import cached_property

import numpy as np
import shapely

from ingest.sources.demo_city.arrangement import Arrangement, arrange
from ingest.sources.demo_city.facts import Facts, build_facts
from ingest.sources.demo_city.footprints import Footprints, build_footprints
from ingest.sources.demo_city.ground import Ground, build_ground, points_at
from ingest.sources.demo_city.growth import Growth
from ingest.sources.demo_city.lots import Blocks, Lots, build_blocks, build_lots
from ingest.sources.demo_city.streets import Streets, build_streets
from layers.city import City

STREETS_KM = 434.0  # before dead ends are cut back
BUILDINGS = 24_000
ADDRESSES = 22_000
HYDRANTS = 2_600
KIELCE_KM2 = 111.0
STREETS_GROW = 0.87


class Town:
    """The stages of a demo city. They depend on city, seed and scale only."""

    def __init__(self, city: City, seed: int = 1, scale: float = 1.0) -> None:
        self.city, self.seed, self.scale = city, seed, scale

    @cached_property
    def share(self) -> float:
        """Size of this city relative to Kielce: the requested scale, reduced by area for a smaller city."""
        return self.scale * min(1.0, self.ground.outline.area / (KIELCE_KM2 * 1e6))

    @cached_property
    def ground(self) -> Ground:
        """Outline, rivers, woods, heights."""
        return build_ground(self.city, self.seed, self.scale)

    @cached_property
    def _grown(self) -> tuple[Arrangement, Growth]:
        arrangement = arrange(self.ground)
        growth = Growth(self.ground, arrangement)
        growth.run(STREETS_KM * 1000 * self.share / self.scale * self.scale**STREETS_GROW)
        return arrangement, growth

    @cached_property
    def faces(self) -> np.ndarray:
        """The mesh's faces as polygons, up to the streets' centre lines; together they cover the outline."""
        mesh = self._grown[0].mesh
        return np.array([shapely.Polygon(mesh.coordinates(face)) for face in range(len(mesh.rings))])

    @cached_property
    def streets(self) -> Streets:
        """The street network."""
        arrangement, growth = self._grown
        return build_streets(self.ground, arrangement, [chord.cut_area for chord in growth.chords])

    @cached_property
    def blocks(self) -> Blocks:
        """Land between the streets."""
        return build_blocks(self.ground, self._grown[0], self.faces, self.streets)

    @cached_property
    def lots(self) -> Lots:
        """The blocks cut into lots."""
        return build_lots(self.ground, self.blocks, self.streets)

    @cached_property
    def footprints(self) -> Footprints:
        """The buildings' ground plans."""
        return build_footprints(self.ground, self.lots, self.streets, round(BUILDINGS * self.share))

    @cached_property
    def facts(self) -> Facts:
        """The attributes of each building."""
        return build_facts(self.ground, self.footprints, self.city.population)

    @cached_property
    def zones(self) -> np.ndarray:
        """Of each face: -1 land to build on, -2 meadow, else the wood's number."""
        return np.array(self._grown[0].zones)

    @cached_property
    def face_district(self) -> np.ndarray:
        """The district of each face; a district that is nearest to no face gets the face that its centre is in."""
        owner = self.ground.district(shapely.get_coordinates(shapely.point_on_surface(self.faces)))
        missing = np.setdiff1d(np.arange(len(self.ground.seeds)), owner)
        rows, faces = shapely.STRtree(self.faces).query(points_at(self.ground.seeds[missing]), predicate="within")
        owner[faces] = missing[rows]
        return owner

    @cached_property
    def main_road_land(self) -> shapely.Geometry:
        """The land of main roads and expressways."""
        streets = self.streets
        rows = np.isin(streets.road_class, ["main", "expressway"])
        return shapely.union_all(shapely.buffer(streets.lines[rows], streets.half_reserve[rows], quad_segs=3))

    @property
    def addresses_wanted(self) -> int:
        """The largest number of addresses."""
        return round(ADDRESSES * self.share)

    @property
    def hydrants_wanted(self) -> int:
        """The number of hydrants; a denser town on the same area has fewer for each house."""
        return round(HYDRANTS * self.share / self.scale * self.scale**STREETS_GROW)
