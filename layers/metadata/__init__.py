"""Metadata computed for whole layers: quality, freshness, coverage, extent."""
