"""Observations of sensors: SensorThings entities, a partitioned store, rollups, latest values, quality flags."""
