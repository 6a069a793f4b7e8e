"""JSON endpoints of the edit form."""
