"""Checks of the installation by `manage.py check`, each with what to do about it."""

import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.gis.gdal import gdal_version
from django.core.checks import CheckMessage, Error, Info, Tags, register
from django.db import DatabaseError, connection

from ingest.errors import BadMapping
from ingest.mqtt.mapping import mapping
from layers.city import city
from layers.errors import CityProfileInvalid
from layers.kinds import KINDS


@register(Tags.compatibility)
def psycopg_3_is_absent(**_: Any) -> Sequence[CheckMessage]:
    """Django silently prefers psycopg 3 when it is installed; the bulk writing relies on psycopg2."""
    if importlib.util.find_spec("psycopg") is None:
        return []
    return [Error("psycopg 3 is installed.", hint="Run: pip uninstall psycopg psycopg-binary", id="geoportal.E001")]


@register(Tags.compatibility)
def gdal_and_proj_data_are_unset(**_: Any) -> Sequence[CheckMessage]:
    """Several copies of GDAL and PROJ are loaded in one process; a shared data path would break all but one."""
    found = [name for name in ("GDAL_DATA", "PROJ_DATA", "PROJ_LIB") if os.environ.get(name)]
    if not found:
        return []
    names = ", ".join(found)
    return [Error(f"{names} is set in the environment.", hint=f"Unset {names}.", id="geoportal.E002")]


@register(Tags.files)
def folders_are_writable(**_: Any) -> Sequence[CheckMessage]:
    """The folders of media and of the tile cache are writable."""
    faults: list[CheckMessage] = []
    for name in ("MEDIA_ROOT", "TILE_CACHE_DIR"):
        path = Path(getattr(settings, name))
        nearest = next((one for one in (path, *path.parents) if one.exists()), path)
        if not os.access(nearest, os.W_OK):
            hint = f"Give the portal's user write permission, or set {name} to another folder."
            faults.append(Error(f"{name} {path} is not writable.", hint=hint, id="geoportal.E003"))
    return faults


@register(Tags.models)
def city_file_is_readable(**_: Any) -> Sequence[CheckMessage]:
    """The city file can be read."""
    try:
        city()
    except CityProfileInvalid as fault:
        return [Error(str(fault), hint="Mend the file or set CITY_FILE to another one.", id="geoportal.E004")]
    return []


@register(Tags.models)
def mapping_of_devices_is_valid(**_: Any) -> Sequence[CheckMessage]:
    """The mapping of devices' own MQTT topics can be read."""
    try:
        mapping()
    except BadMapping as fault:
        return [Error(str(fault), hint="Mend the entry; ingest/mqtt/mapping.py describes it.", id="geoportal.E009")]
    return []


@register(Tags.database)
def database_fits(databases: Sequence[str] | None = None, **_: Any) -> Sequence[CheckMessage]:
    """PostGIS is installed and new enough, and the layers are in the city's coordinate system."""
    if not databases:
        return []
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT extversion FROM pg_extension WHERE extname = 'postgis'")
            found = cursor.fetchone()
            if found is None:
                hint = "As a superuser: CREATE EXTENSION postgis;"
                return [Error("The database has no PostGIS.", hint=hint, id="geoportal.E005")]
            return [*_postgis_version(found[0]), *_srid_mismatch(cursor), *_versions(cursor)]
    except DatabaseError as fault:
        hint = "Run scripts/demo, or set DATABASE_URL to a running server."
        return [Error(f"The database does not answer: {str(fault).strip()}", hint=hint, id="geoportal.E006")]


def _postgis_version(version: str) -> list[CheckMessage]:
    if tuple(int(part) for part in version.split(".")[:2]) >= (3, 3):
        return []
    return [Error(f"PostGIS is {version}.", hint="Install PostGIS 3.3 or newer.", id="geoportal.E007")]


def _srid_mismatch(cursor: Any) -> list[CheckMessage]:
    tables = [kind.model._meta.db_table for kind in KINDS.values()]
    cursor.execute(
        "SELECT f_table_name, srid FROM geometry_columns WHERE f_geometry_column = 'geom' AND f_table_name = ANY(%s)",
        [tables],
    )
    wrong = sorted({srid for _, srid in cursor.fetchall() if srid != city().srid})
    if not wrong:
        return []
    return [
        Error(
            f"The database's layers are in EPSG:{wrong[0]}, the city file says EPSG:{city().srid}.",
            hint="Another coordinate system is another database: set DATABASE_URL or CITY_FILE so that they fit.",
            id="geoportal.E008",
        )
    ]


def _versions(cursor: Any) -> list[CheckMessage]:
    cursor.execute("SELECT postgis_lib_version(), postgis_proj_version(), postgis_geos_version()")
    postgis, proj, geos = cursor.fetchone()
    gdal = gdal_version().decode()
    return [Info(f"PostGIS {postgis}, PROJ {proj.split()[0]}, GEOS {geos}, GDAL {gdal}", id="geoportal.I001")]
