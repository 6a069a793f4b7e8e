"""The pages of spatial questions."""
