"""Files of measuring networks: parsed in the sandbox to series of numbers, which the sources describe as datastreams.

The modules `gios`, `imgw`, `declared` and `waterml` run in the sandbox only; `parsed` carries what they find to the
sources, which add names, units and places. Rows are numbered as in the file, from 1, header lines included.
"""
