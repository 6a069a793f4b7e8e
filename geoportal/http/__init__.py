"""What all answers share: middleware, faults and their status, caching, ranges, posted JSON."""
