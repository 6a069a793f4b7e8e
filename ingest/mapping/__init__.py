"""Maps a file's columns and cells to a kind's fields and values."""
