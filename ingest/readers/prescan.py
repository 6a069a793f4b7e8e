"""Checks JSON and XML files for deep nesting, document types and entities before a parser builds objects from them.

Runs in the sandbox only. Files are read once, in blocks, with constant memory.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.parsers import expat

import numpy as np

from ingest.errors import HostileFile, UnreadableFile

BLOCK = 1 << 20
_ESCAPED = re.compile(rb"\\.", re.S)


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            yield block


def check_json_nesting(path: Path, deepest: int) -> None:
    """Raise HostileFile where arrays and objects of a JSON text are nested deeper than `deepest`."""
    depth, inside, rest = 0, False, b""
    for block in _blocks(path):
        block = rest + block
        trailing = len(block) - len(block.rstrip(b"\\"))
        block, rest = (block[:-1], b"\\") if trailing % 2 else (block, b"")
        highest, depth, inside = _nesting(_ESCAPED.sub(b"", block), depth, inside)
        if highest > deepest:
            raise HostileFile(f"The JSON is nested deeper than {deepest} levels; no map data needs that.")


def _nesting(block: bytes, depth: int, inside: bool) -> tuple[int, int, bool]:
    """(greatest depth in the block, depth at its end, whether its end is inside a string)."""
    signs = np.frombuffer(block, dtype=np.uint8)
    quotes = np.cumsum(signs == ord('"')) + int(inside)
    outside = quotes % 2 == 0
    opening = np.isin(signs, (ord("["), ord("{"))) & outside
    closing = np.isin(signs, (ord("]"), ord("}"))) & outside
    depths = depth + np.cumsum(opening.astype(np.int64) - closing.astype(np.int64))
    if not len(depths):
        return depth, depth, inside
    return int(depths.max()), int(depths[-1]), bool(quotes[-1] % 2)


class _Watch:
    """Event handler that counts depth, stores the first element's name and refuses document types."""

    def __init__(self, deepest: int) -> None:
        self.deepest = deepest
        self.depth = 0
        self.root = ""

    def start(self, name: str, _attributes: Any) -> None:
        self.root = self.root or name
        self.depth += 1
        if self.depth > self.deepest:
            raise HostileFile(f"The XML is nested deeper than {self.deepest} levels; no map data needs that.")

    def end(self, _name: str) -> None:
        self.depth -= 1

    def doctype(self, *_declaration: Any) -> None:
        raise HostileFile("The XML declares a document type or entities; save it without <!DOCTYPE ...>.")


def xml_root(path: Path, deepest: int) -> str:
    """Name of an XML file's root element ("gml:FeatureCollection"), after reading all of it once.

    Raises HostileFile for document types, entities and deep nesting, UnreadableFile where it is not well-formed.
    """
    watch = _Watch(deepest)
    parser = expat.ParserCreate()
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartDoctypeDeclHandler = watch.doctype
    parser.EntityDeclHandler = watch.doctype
    parser.StartElementHandler = watch.start
    parser.EndElementHandler = watch.end
    try:
        for block in _blocks(path):
            parser.Parse(block, False)
        parser.Parse(b"", True)
    except expat.ExpatError as fault:
        raise UnreadableFile(f"The XML is not well-formed ({fault}).") from fault
    return watch.root
