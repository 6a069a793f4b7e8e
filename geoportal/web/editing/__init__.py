"""The edit form."""
