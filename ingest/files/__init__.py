"""Makes records of a geodata file: survey of its content, coordinate system, source ids, selection of rows."""
