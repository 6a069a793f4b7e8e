"""Live values: what the stations of a layer show at a moment, joined when read and never stored with the layer.

`windows` reads datastreams with their values of the last days; `judging` gives each datastream and station its state
by the rules of `layers.observations.meaning`; `marks` has what is doubtful about a value, in the same words for map,
card, chart, table, file and API.
"""
