"""Layers that planners declare in the portal: declarations and the tables made of them."""
