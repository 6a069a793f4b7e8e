"""Reads OpenStreetMap files: the table from tags to kinds and fields, and the three steps from file to record.

`reader` runs in the calling process: it starts the job and makes records of its lines. `program` runs in the sandbox:
it is that job, with its limits. `reading` is called by it and parses the file with osmium.
"""
