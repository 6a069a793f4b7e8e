"""The city over OGC API: Features, Tiles, Records and Processes, one module a matter.

Each module of addresses offers `described(kinds)`: the paths of the OpenAPI document that it answers, for a visitor
who may see these kinds. `openapi` merges them.
"""
