"""Simulated drives through the demo city: pictures painted from its buildings and roads, all marked as invented.

`scene` takes what stands near a street, `painting` paints what a camera there sees, `drives` writes the photos of two
drives with tags and tracks as real cameras do, with their faults: noise, a clock that is fast.
"""
