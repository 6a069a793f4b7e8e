"""Output files of the process that reads an OpenStreetMap file: one file a kind, one line of JSON an object."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from shapely.geometry.base import BaseGeometry

from ingest.osm.fields import Tags, ValueUnusable
from ingest.osm.tags import KINDS


class TooLarge(Exception):
    """The file has more objects than the limits allow."""


class Lines:
    """Writes records and refusals, one file a kind. Raises TooLarge after `most` objects."""

    def __init__(self, folder: Path, kinds: tuple[str, ...], most: int) -> None:
        self.most = most
        self.files: dict[str, TextIO] = {
            kind: (folder / f"{kind}.jsonl").open("w", encoding="utf-8") for kind in kinds
        }
        self.counts = dict.fromkeys(kinds, 0)

    def record(self, kind: str, source_id: str, geometry: BaseGeometry, tags: Tags, **more: Any) -> None:
        """Write one object, followed by refusals of its unusable values."""
        values, unusable = read_fields(kind, tags)
        self._write(
            kind,
            {"id": source_id, "wkb": geometry.wkb_hex, "values": values | more, "tags": dict(tags)},
        )
        for name, fault in unusable:
            self.refuse(kind, source_id, "value_unusable", str(fault), field=name, value=fault.value)

    def refuse(
        self, kind: str, source_id: str, reason: str, message: str, *, field: str = "", value: str = ""
    ) -> None:
        """Write the refusal of an object, or with `field` of one value of it."""
        self._write(
            kind,
            {"id": source_id, "reason": reason, "message": message, "field": field, "value": value},
        )

    def _write(self, kind: str, line: Mapping[str, Any]) -> None:
        self.files[kind].write(json.dumps(line, ensure_ascii=False) + "\n")
        self.counts[kind] += not line.get("field")
        self.most -= not line.get("field")
        if self.most < 0:
            raise TooLarge("it holds more objects than INGEST_FEATURES allows; choose some with kind=")

    def close(self) -> None:
        """Close all files."""
        for file in self.files.values():
            file.close()


def read_fields(kind: str, tags: Tags) -> tuple[dict[str, Any], list[tuple[str, ValueUnusable]]]:
    """The kind's field values from an object's tags, and the values that could not be used, by field."""
    values: dict[str, Any] = {}
    unusable: list[tuple[str, ValueUnusable]] = []
    for field, read in KINDS[kind].fields.items():
        try:
            values[field] = read(tags)
        except ValueUnusable as fault:
            values[field] = None
            unusable.append((field, fault))
    return values, unusable
