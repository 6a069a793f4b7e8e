"""OpenStreetMap files: the tag table, and the program that reads them in the sandbox."""
