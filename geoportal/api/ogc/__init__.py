"""OGC API Features, Tiles, Styles, Records and Processes.

Each module of endpoints has `described(kinds)`, which returns its paths of the OpenAPI document for a visitor who may
see these kinds. `openapi` merges them.
"""
