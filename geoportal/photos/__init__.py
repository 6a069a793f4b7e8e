"""Review and release of street photos: detection of faces, blurring, release, and requests for removal."""
