"""Vector tiles and their cache."""
