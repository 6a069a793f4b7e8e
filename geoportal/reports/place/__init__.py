"""Place reports as people read them: `document` puts figures into words and links, `place_map` draws the place,
`paper` makes the PDF."""
