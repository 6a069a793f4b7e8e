"""Live values of a layer as documents for the map, made once for all visitors and retained in memory."""
