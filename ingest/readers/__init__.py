"""Readers of geodata file formats: archives, vector files, tables. They run in the sandbox only."""
