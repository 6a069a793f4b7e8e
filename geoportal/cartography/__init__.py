"""Map styles, preview pictures and printed maps."""
