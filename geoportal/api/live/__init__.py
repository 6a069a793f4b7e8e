"""Live values for the map and for programs, and what the charts show."""
