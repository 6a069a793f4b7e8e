"""Reports as page and PDF: of a place, of a study."""
