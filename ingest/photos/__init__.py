"""Reads runs of photos: where, when and in which direction each was taken, and smaller pictures of it.

Files are opened in the sandbox only (`program`). What the files state comes back as `Facts`; `resolving` decides
between disagreeing sources. Nothing here uses the database.
"""
