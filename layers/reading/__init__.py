"""Reading features: selections, tables, pages, server-side cursors, GeoDataFrames."""
