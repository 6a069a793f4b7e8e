"""Reads OpenStreetMap files: the table from tags to kinds and fields, and the program that runs in the sandbox."""
