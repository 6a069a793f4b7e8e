"""Geodata files as records: survey, coordinate system, identity, wanted rows."""
