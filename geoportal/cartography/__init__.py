"""Map styles, preview images and printed maps."""
