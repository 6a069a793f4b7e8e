"""Endpoints for programs: tiles, downloads, OGC services, JSON."""
