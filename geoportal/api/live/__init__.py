"""Live values for the map."""
