"""The page of open data."""
