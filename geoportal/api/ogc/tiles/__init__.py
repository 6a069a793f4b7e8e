"""OGC API Tiles and Styles."""
