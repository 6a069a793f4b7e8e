"""Spatial questions for programs."""
