"""HTTP parts that pages and APIs share: middleware, error statuses, caching, ranges, posted JSON."""
