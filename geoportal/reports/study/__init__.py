"""The report of a study: its map for the screen (`chart`) and its sheets of paper (`paper`)."""
