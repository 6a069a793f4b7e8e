"""The tag table: which OpenStreetMap objects are of which kind, and which tags fill which field.

Read it from the bottom: `KINDS` has one entry a kind with its predicate (which objects are wanted) and its fields. An
object that no predicate wants is not read; a wanted one is stored or rejected. A tag value that is in no table leaves
its field empty and is reported. See https://wiki.openstreetmap.org/wiki/Map_features.
"""

from collections.abc import Mapping

from ingest.osm.fields import Element, KindTags, Tags, read_tag, read_word
from ingest.osm.values import day, metres, present, speed_km_h, truth, whole, year


def _first(tables: Mapping[str, Mapping[str, str]], tags: Tags) -> str | None:
    """The class by the first key whose value is in its table."""
    return next((table[tags[key]] for key, table in tables.items() if tags.get(key) in table), None)


# Roads -------------------------------------------------------------------------------------------------------------

ROAD_CLASS = {
    "motorway": "motorway",
    "motorway_link": "motorway",
    "trunk": "main",  # an expressway only with motorroad=yes
    "trunk_link": "main",
    "primary": "main",
    "primary_link": "main",
    "secondary": "main",
    "secondary_link": "main",
    "tertiary": "collector",
    "tertiary_link": "collector",
    "unclassified": "local",
    "residential": "local",
    "living_street": "local",
    "road": "local",
    "busway": "local",
    "bus_guideway": "local",
    "service": "internal",
    "pedestrian": "pedestrian",
    "footway": "pedestrian",
    "steps": "pedestrian",
    "path": "pedestrian",
    "trail": "pedestrian",
    "corridor": "pedestrian",
    "bridleway": "pedestrian",
    "cycleway": "cycle",
    "track": "track",
}
# Values of highway=* that are not travelled on (yet, or any more), or that are places beside a road.
_NO_MORE = {"abandoned", "demolished", "disused", "no", "razed", "removed"}
_NOT_YET = {"construction", "planned", "proposed"}
_BESIDE = {"bus_stop", "crossing", "elevator", "emergency_bay", "platform", "raceway", "rest_area", "services"}
NOT_ROADS = _NO_MORE | _NOT_YET | _BESIDE
SURFACE = {
    "asphalt": "asphalt",
    "chipseal": "asphalt",
    "concrete": "concrete",
    "concrete:lanes": "concrete",
    "concrete:plates": "concrete",
    "paving_stones": "paving",
    "paving_stones:lanes": "paving",
    "bricks": "paving",
    "sett": "setts",
    "cobblestone": "setts",
    "unhewn_cobblestone": "setts",
    "stone": "setts",
    "gravel": "gravel",
    "fine_gravel": "gravel",
    "compacted": "gravel",
    "pebblestone": "gravel",
    "ground": "dirt",
    "dirt": "dirt",
    "earth": "dirt",
    "mud": "dirt",
    "sand": "dirt",
    "unpaved": "other",
    "paved": "other",
    "grass": "other",
    "grass_paver": "other",
    "wood": "other",
    "metal": "other",
    "metal_grid": "other",
    "rubber": "other",
    "tartan": "other",
    "artificial_turf": "other",
    "woodchips": "other",
}
AGAINST = frozenset(("-1", "reverse"))


def is_road(element: Element, tags: Tags) -> bool:
    """A way with highway=* that one can travel along; areas (area=yes) and NOT_ROADS are not."""
    return element == "w" and "highway" in tags and tags["highway"] not in NOT_ROADS and tags.get("area") != "yes"


def runs_against(tags: Tags) -> bool:
    """Whether traffic runs against the way's drawn direction (oneway=-1)."""
    return tags.get("oneway") in AGAINST


def _road_class(tags: Tags) -> str | None:
    if tags["highway"] in ("trunk", "trunk_link") and tags.get("motorroad") == "yes":
        return "expressway"
    result: str | None = read_word("highway", ROAD_CLASS)(tags)
    return result


def _oneway(tags: Tags) -> bool | None:
    if "oneway" not in tags:
        return tags.get("highway") == "motorway" or tags.get("junction") in ("roundabout", "circular")
    result: bool | None = True if runs_against(tags) else read_tag("oneway", using=truth)(tags)
    return result


# Buildings ---------------------------------------------------------------------------------------------------------

USE_BY_BUILDING = {
    **dict.fromkeys(("house", "detached", "semidetached_house", "terrace", "bungalow", "farm"), "residential"),
    **dict.fromkeys(("residential", "villa", "cabin", "houseboat", "static_caravan"), "residential"),
    **dict.fromkeys(("apartments", "block", "dormitory"), "residential_multi"),
    **dict.fromkeys(("retail", "commercial", "shop", "supermarket", "kiosk", "hotel"), "commercial"),
    **dict.fromkeys(("mall", "restaurant", "bank"), "commercial"),
    "office": "office",
    **dict.fromkeys(("industrial", "factory", "manufacture", "utility", "service", "digester"), "industrial"),
    **dict.fromkeys(("transformer_tower", "water_tower"), "industrial"),
    **dict.fromkeys(("warehouse", "storage_tank", "silo", "storage"), "storage"),
    **dict.fromkeys(("garage", "garages", "parking", "carport", "hangar", "train_station"), "transport"),
    **dict.fromkeys(("transportation", "station", "underpass_entrance"), "transport"),
    **dict.fromkeys(("school", "university", "college", "kindergarten"), "education"),
    **dict.fromkeys(("hospital", "clinic"), "health"),
    **dict.fromkeys(("public", "civic", "government", "museum", "fire_station", "townhall"), "public"),
    **dict.fromkeys(("library", "theatre", "sports_hall", "sports_centre", "stadium", "pavilion"), "public"),
    **dict.fromkeys(("church", "chapel", "cathedral", "mosque", "synagogue", "temple"), "worship"),
    **dict.fromkeys(("monastery", "religious", "shrine"), "worship"),
    **dict.fromkeys(("barn", "cowshed", "stable", "sty", "farm_auxiliary", "greenhouse"), "agricultural"),
    **dict.fromkeys(("glasshouse", "shed", "hut", "outbuilding"), "agricultural"),
    **dict.fromkeys(("roof", "ruins", "construction", "bridge", "tower", "bunker", "ship"), "other"),
    **dict.fromkeys(("entrance", "atrium", "container", "tent", "toilets", "gatehouse"), "other"),
}
USE_BY_AMENITY = {
    **dict.fromkeys(("restaurant", "cafe", "bar", "pub", "fast_food", "bank", "fuel", "cinema"), "commercial"),
    **dict.fromkeys(("marketplace", "nightclub", "post_office", "casino", "car_wash"), "commercial"),
    **dict.fromkeys(("parking", "bus_station", "ferry_terminal", "bicycle_parking"), "transport"),
    **dict.fromkeys(("school", "university", "college", "kindergarten", "research_institute"), "education"),
    **dict.fromkeys(("hospital", "clinic", "doctors", "dentist", "pharmacy", "nursing_home"), "health"),
    **dict.fromkeys(("townhall", "library", "theatre", "arts_centre", "police", "courthouse"), "public"),
    **dict.fromkeys(("fire_station", "community_centre", "social_facility", "embassy", "prison"), "public"),
    "place_of_worship": "worship",
    "monastery": "worship",
}
USE_BY_TOURISM = {
    **dict.fromkeys(("hotel", "hostel", "guest_house", "motel", "apartment"), "commercial"),
    **dict.fromkeys(("museum", "gallery", "aquarium"), "public"),
}
WALL = {
    **dict.fromkeys(("brick", "stone", "masonry", "limestone", "sandstone", "clay"), "masonry"),
    "concrete": "concrete",
    "cement_block": "concrete",
    **dict.fromkeys(("wood", "timber_framing"), "timber"),
    **dict.fromkeys(("metal", "steel", "glass", "plastic", "plaster", "mirror", "tin"), "other"),
}


def is_building(element: Element, tags: Tags) -> bool:
    """A way or multipolygon relation with building=* that is not building=no."""
    return tags.get("building", "no") != "no" and (element == "w" or is_area_relation(element, tags))


def is_area_relation(element: Element, tags: Tags) -> bool:
    """A relation that draws an area: type=multipolygon."""
    return element == "r" and tags.get("type") == "multipolygon"


def _use_class(tags: Tags) -> str | None:
    """The use class by building=* where its value is a use; of a plain building=yes by its other tags."""
    word = tags.get("building", "yes")
    if word != "yes":
        result: str | None = read_word("building", USE_BY_BUILDING)(tags)
        return result
    found = _first({"amenity": USE_BY_AMENITY, "tourism": USE_BY_TOURISM}, tags)
    if found is None and "shop" in tags:
        return "commercial"
    return "office" if found is None and "office" in tags else found


# Water and green ---------------------------------------------------------------------------------------------------

WATERWAY_CLASS = {
    "river": "river",
    "stream": "stream",
    "brook": "stream",
    "tidal_channel": "stream",
    "canal": "canal",
    "fairway": "canal",
    "ditch": "ditch",
    "drain": "drain",
}
# Values of waterway=* that are not lines of water: areas, structures across the water, places beside it.
_WATER_PLACES = {"boatyard", "dock", "fuel", "riverbank", "turning_point", "water_point"}
NOT_WATER_LINES = _WATER_PLACES | {"dam", "lock_gate", "sluice_gate", "waterfall", "weir"}
GREEN_CLASS = {
    "leisure": {
        "park": "park",
        "garden": "park",
        "common": "park",
        "nature_reserve": "reserve",
        **dict.fromkeys(("pitch", "sports_centre", "stadium", "track", "golf_course"), "sports"),
    },
    "landuse": {
        "forest": "forest",
        "cemetery": "cemetery",
        "allotments": "allotments",
        "meadow": "meadow",
        "grass": "grass",
        "village_green": "grass",
        "orchard": "orchard",
        "vineyard": "orchard",
        "recreation_ground": "sports",
    },
    "natural": {
        "wood": "forest",
        "scrub": "scrub",
        "heath": "scrub",
        "grassland": "meadow",
    },
    "amenity": {"grave_yard": "cemetery"},
}


def is_river(element: Element, tags: Tags) -> bool:
    """A way with waterway=* that is a line of water (NOT_WATER_LINES and area=yes are not)."""
    if element != "w" or "waterway" not in tags:
        return False
    return tags["waterway"] not in NOT_WATER_LINES and tags.get("area") != "yes"


def is_green(element: Element, tags: Tags) -> bool:
    """A way or multipolygon relation of a green class that is not a building (a sports hall is none)."""
    if element != "w" and not is_area_relation(element, tags):
        return False
    return tags.get("building", "no") == "no" and _first(GREEN_CLASS, tags) is not None


# Places and points -------------------------------------------------------------------------------------------------

MONUMENT_CLASS = {
    **dict.fromkeys(("church", "chapel", "monastery", "wayside_cross", "wayside_shrine", "temple"), "sacral"),
    **dict.fromkeys(("house", "manor", "castle", "palace"), "residential"),
    **dict.fromkeys(("building", "city_gate", "citywalls", "tower", "railway_station", "fort"), "public"),
    **dict.fromkeys(("industrial", "mine", "mill", "kiln", "locomotive", "railway"), "industrial"),
    **dict.fromkeys(("cemetery", "tomb"), "cemetery"),
    **dict.fromkeys(("memorial", "monument"), "memorial"),
    **dict.fromkeys(("archaeological_site", "ruins", "yes", "heritage", "ship", "cannon"), "other"),
}
HYDRANT_TYPE = {"pillar": "above", "wall": "above", "underground": "below", "pipe": "below", "pond": "below"}


def _anywhere(element: Element, tags: Tags) -> bool:
    """A node, a way or an area relation, of which a point can be made."""
    return element != "r" or is_area_relation(element, tags)


def is_address(element: Element, tags: Tags) -> bool:
    """A node, way or multipolygon relation with addr:housenumber."""
    return "addr:housenumber" in tags and _anywhere(element, tags)


def is_district(element: Element, tags: Tags) -> bool:
    """A boundary relation of level 9 or 10, or a suburb or quarter drawn as an area (a node of one is none)."""
    area = element == "r" and tags.get("type") in ("multipolygon", "boundary")
    administrative = tags.get("boundary") == "administrative" and tags.get("admin_level") in ("9", "10")
    place = tags.get("place") in ("suburb", "quarter")
    return (area and (administrative or place)) or (element == "w" and place)


def is_monument(element: Element, tags: Tags) -> bool:
    """An object whose historic=* is in the table."""
    return tags.get("historic") in MONUMENT_CLASS and _anywhere(element, tags)


KINDS: dict[str, KindTags] = {
    "districts": KindTags(
        is_district,
        "area",
        {
            "name": read_tag("name", length=120),
            "code": read_tag("ref", "teryt:terc", length=40),
            "population": read_tag("population", using=whole, low=0, high=10_000_000),
        },
    ),
    "roads": KindTags(
        is_road,
        "network",
        {
            "name": read_tag("name", length=120),
            "road_no": read_tag("ref", length=20),
            "road_class": _road_class,
            "lanes": read_tag("lanes", using=whole, low=1, high=12),
            "width_m": read_tag("width", using=metres, low=0.5, high=100),
            "surface": read_word("surface", SURFACE),
            "maxspeed_km_h": read_tag("maxspeed", using=speed_km_h, low=5, high=150),
            "oneway": _oneway,
            "lit": read_tag("lit", using=present),
            "bridge": read_tag("bridge", using=present, absent=False),
            "tunnel": read_tag("tunnel", using=present, absent=False),
        },
    ),
    "rivers": KindTags(
        is_river,
        "line",
        {
            "name": read_tag("name", length=120),
            "waterway_class": read_word("waterway", WATERWAY_CLASS),
            "width_m": read_tag("width", using=metres, low=0, high=2000),
            "culvert": read_tag("tunnel", using=present, absent=False),
        },
    ),
    "green": KindTags(
        is_green,
        "area",
        {"name": read_tag("name", length=120), "green_class": lambda tags: _first(GREEN_CLASS, tags)},
    ),
    "buildings": KindTags(
        is_building,
        "area",
        {
            "name": read_tag("name", length=120),
            "use_class": _use_class,
            "storeys_above": read_tag("building:levels", using=whole, low=0, high=120),
            "storeys_below": read_tag("building:levels:underground", using=whole, low=0, high=12),
            "height_m": read_tag("height", using=metres, low=0, high=400),
            "year_built": read_tag("start_date", using=year, low=900, high=2100),
            "wall_material": read_word("building:material", WALL),
        },
    ),
    "addresses": KindTags(
        is_address,
        "point",
        {
            "street": read_tag("addr:street", "addr:place", length=120),
            "house_number": read_tag("addr:housenumber", length=20),
            "postcode": read_tag("addr:postcode", length=12),
            "locality": read_tag("addr:city", length=80),
        },
    ),
    "bus_stops": KindTags(
        lambda element, tags: element == "n" and tags.get("highway") == "bus_stop",
        "point",
        {
            "name": read_tag("name", length=120),
            "stop_code": read_tag("ref", length=20),
            "platform": read_tag("local_ref", length=12),
            "shelter": read_tag("shelter", using=truth),
            "display": read_tag("departures_board", "passenger_information_display", using=present),
            "operator": read_tag("operator", length=80),
        },
    ),
    "fire_stations": KindTags(
        lambda element, tags: tags.get("amenity") == "fire_station" and _anywhere(element, tags),
        "point",
        {"name": read_tag("name", length=120), "unit": read_tag("operator", length=60)},
    ),
    "hydrants": KindTags(
        lambda element, tags: element == "n" and tags.get("emergency") == "fire_hydrant",
        "point",
        {
            "number": read_tag("ref", length=40),
            "dn_mm": read_tag("fire_hydrant:diameter", using=whole, low=25, high=300),
            "hydrant_type": read_word("fire_hydrant:type", HYDRANT_TYPE),
            "working": read_tag("operational_status", using=lambda text: text in ("operational", "working")),
            "checked_on": read_tag("survey:date", "check_date", using=day),
        },
    ),
    "monuments": KindTags(
        is_monument,
        "point",
        {
            "name": read_tag("name", length=200),
            "register_no": read_tag("heritage:ref", "ref:nid", "ref:whc", length=60),
            "monument_class": read_word("historic", MONUMENT_CLASS),
            "year_built": read_tag("start_date", using=year, low=900, high=2100),
            "protection": read_tag("heritage:operator", "protection_title", length=80),
        },
    ),
}
# Every wanted object has one of these keys: osmium skips the others quickly.
_KEYS_OF_PLACES = ("addr:housenumber", "amenity", "boundary", "building", "emergency", "highway", "historic")
KEYS = (*_KEYS_OF_PLACES, "landuse", "leisure", "natural", "place", "waterway")
WORDS: dict[str, dict[str, str]] = {
    "road_class": ROAD_CLASS,
    "surface": SURFACE,
    "use_class": USE_BY_BUILDING,
    "waterway_class": WATERWAY_CLASS,
    "green_class": {word: code for table in GREEN_CLASS.values() for word, code in table.items()},
}
"""Codes by OpenStreetMap's tag values, for files that were made from OpenStreetMap."""
