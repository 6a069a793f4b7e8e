"""What the edit form asks for."""
