"""The catalogue: its list, a layer's page and table, freshness."""
