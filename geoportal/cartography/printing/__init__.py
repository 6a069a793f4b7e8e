"""Printing: a map sheet as PDF, drawn from the stored geometry at true scale in the storage CRS.

`order` parses the request, `paper` and `ground` compute layout and extent, `contents` selects the layers. `features`
reads them, `expressions` and `paint` evaluate the kinds' styles; `canvas`, `lettering` and `drawing` draw vectors;
`sheet` adds title, legend and sources.

2026-11-25: the map is written as PDF operators and placed beneath the page that WeasyPrint typesets. WeasyPrint's SVG
lays out each letter of each label separately, which alone takes longer than the whole sheet now.
"""
