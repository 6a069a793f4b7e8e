"""The change feed, and the versions of map squares (cache keys of tiles) derived from it."""
