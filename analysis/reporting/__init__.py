"""The map in a study's report, as an HTML document of its own."""
