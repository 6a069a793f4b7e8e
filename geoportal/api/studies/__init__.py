"""Results of studies for programs."""
