"""Text of files: column names, numbers, character encodings."""
