"""OGC API Features: Parts 1 to 4."""
