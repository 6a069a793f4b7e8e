"""Live values for programs: what the charts show."""
