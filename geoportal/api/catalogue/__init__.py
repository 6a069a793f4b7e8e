"""The catalogue for programs: a layer's fields, freshness."""
