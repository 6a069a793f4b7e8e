"""What a map is drawn on: the interface (`surface`), operators of a PDF page (`canvas`), an SVG element (`svg`)."""
