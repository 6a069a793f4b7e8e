"""Printing: a sheet of the map as PDF, drawn from the stored geometry at true scale in the city's coordinate system.

`order` is what a visitor asks for, `paper` and `ground` are the piece of the city on the sheet, `contents` what is
shown there. `features` reads it, `expressions` and `paint` evaluate the kinds' styles, `lettering` and `drawing` draw
it on one of the `surfaces` (PDF for sheets, SVG for reports of places), `sheet` puts title, legend and sources around
it. Nothing is a picture of the screen.

2026-11-25: the map is written as PDF operators by us and put beneath the page that WeasyPrint sets. WeasyPrint's SVG
lays out every letter of every name by itself, halo and all, which alone takes longer than the whole sheet now.
"""
