"""Places: search, coordinates, measurements, and the figures of the place report."""
