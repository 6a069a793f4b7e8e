"""OGC API Records: the catalogue of layers."""
