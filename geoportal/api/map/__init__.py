"""What the map asks for: tiles, cards, search, selections, shapes, printing."""
