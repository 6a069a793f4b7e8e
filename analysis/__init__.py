"""Analyses of the layers: studies as pure functions, the code that runs them, and spatial queries.

2026-11-30: a private result is stored as its differences to the published result at one moment of recorded time, not
as a copy. The store never changes or drops a version of a layer with full history but to erase it, so reading the
published rows as of that moment gives the same private result for as long as it is retained, and what is erased is
gone from it too (`running.result_rows`).
"""
