"""Tiles, downloads and other answers for machines."""
