"""Parses text in files: column names, numbers, character encodings."""
