"""Printing: a map sheet as PDF, drawn from the stored geometry at true scale in the storage CRS.

`order` parses the request, `paper` and `ground` compute layout and extent, `contents` selects what is
shown there. `features` reads it, `expressions` and `paint` evaluate the kinds' styles, `lettering` and `drawing` draw
it on one of the `surfaces` (PDF for sheets, SVG for reports of places), `sheet` puts title, legend and sources around
it.

2026-11-25: the map is written as PDF operators and placed beneath the page that WeasyPrint typesets. WeasyPrint's SVG
lays out each letter of each label separately, which alone takes longer than the whole sheet now.
"""
