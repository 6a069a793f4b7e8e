"""Endpoints of the map: tiles, cards, search, selections, shapes, printing."""
