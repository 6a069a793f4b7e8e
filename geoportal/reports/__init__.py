"""Reports to read and to print: of a place, of a study."""
