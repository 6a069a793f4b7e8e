"""Places: search, positions, measurements, and the figures of the place report."""
