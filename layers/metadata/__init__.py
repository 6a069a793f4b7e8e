"""What is known about a layer as a whole: quality, freshness, coverage, extent."""
