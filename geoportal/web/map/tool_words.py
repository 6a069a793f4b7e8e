"""Texts of the map's tools, search and card."""

from django.utils.translation import gettext, pgettext

from geoportal.web.map.live_words import live_words


def tool_words() -> dict[str, str]:
    """Texts in the active language by key; scripts fill in `{x}`."""
    return {
        **card_words(),
        **search_words(),
        **measure_words(),
        **draw_words(),
        **select_words(),
        **locate_words(),
        **query_words(),
        **live_words(),
        **photo_words(),
    }


def photo_words() -> dict[str, str]:
    """Texts of the viewer of street photos."""
    return {
        "photo_beside": gettext("Beside it: {other}"),
        "photo_failed": gettext("The picture could not be loaded."),
        "photo_first": gettext("This is the first picture of the run."),
        "photo_last": gettext("This is the last picture of the run."),
        "photo_none": gettext("There is no picture here that you may see."),
        "photo_open": gettext("Open the picture"),
    }


def card_words() -> dict[str, str]:
    """Texts of the card and its history."""
    return {
        "card_around": gettext("Surroundings"),
        "card_copy": gettext("Copy link"),
        "card_edit": gettext("Edit"),
        "card_here": gettext("Objects at this place: {n}"),
        "card_report": gettext("Report on this place"),
        "card_table": gettext("Show in table"),
        "card_unnamed": gettext("no name"),
        "card_zoom": gettext("Zoom to"),
        "history": gettext("History of changes"),
        "history_added": gettext("Added"),
        "history_changed": pgettext("history", "Changed"),
        "history_failed": gettext("The history could not be loaded."),
        "history_geometry": gettext("New shape or position on the map"),
        "history_removed": gettext("Removed"),
        "history_returned": gettext("Back in the data"),
        "history_unknown": gettext("not known"),
        "loading": gettext("Loading…"),
    }


def search_words() -> dict[str, str]:
    """Texts of the map's search."""
    return {
        "search_count": gettext("Places found: {n}. Choose with the arrow keys and Enter."),
        "search_failed": gettext("The search does not answer. Please try again."),
        "search_nothing": gettext("Nothing found. Try a street with a number, a district or a parcel number."),
        "search_shown": gettext("Shown on the map: {place}"),
    }


def measure_words() -> dict[str, str]:
    """Texts of measuring."""
    return {
        "measure": gettext("Measure"),
        "measure_area": gettext("Area"),
        "measure_asking": gettext("Measuring…"),
        "measure_failed": gettext("The server did not measure this. Please try again."),
        "measure_grid": gettext("On the city's plane ({system})"),
        "measure_ground": gettext("On the ground (geodesic)"),
        "measure_length": gettext("Length"),
        "measure_more": gettext("Click further points; click the last one again, or Finish, to end."),
        "measure_perimeter": gettext("Perimeter"),
        "measure_start": gettext("Click the first point on the map."),
    }


def draw_words() -> dict[str, str]:
    """Texts of drawing shapes and buffers."""
    return {
        "buffer_failed": gettext("This could not be computed. The distance may be up to 10,000 metres."),
        "coordinates_few": gettext("This needs at least {n} positions."),
        "coordinates_many": gettext("At most {most} positions can be written here; open a file for more."),
        "coordinates_unread": gettext("Line {n}, “{text}”, is no position in the city."),
        "coordinates_wkt": gettext("This WKT cannot be read. Points, lines and polygons are understood."),
        "draw": gettext("Draw"),
        "draw_circle": gettext("Click the centre of the circle, then its edge."),
        "draw_corners": gettext("Drag the corners on the map; drag the middle of an edge for a new corner."),
        "draw_line": gettext("Click the points of the line; click the last one again to end."),
        "draw_point": gettext("Click where the point should be."),
        "draw_polygon": gettext("Click the corners of the area; click the last one again to end."),
        "draw_rectangle": gettext("Click a corner, then the opposite one."),
        "draw_start": gettext("Choose what to draw. Shapes stay in this browser only."),
        "shape_around": gettext("Surroundings of {shape}"),
        "shape_circle": gettext("Circle"),
        "shape_edit": gettext("Move the corners of {shape}"),
        "shape_label": gettext("Name of the shape"),
        "shape_line": gettext("Line"),
        "shape_name": gettext("{kind} {n}"),
        "shape_point": gettext("Point"),
        "shape_polygon": gettext("Polygon"),
        "shape_rectangle": gettext("Rectangle"),
        "shape_remove": gettext("Delete {shape}"),
        "shape_report": gettext("Report on {shape}"),
        "shape_surroundings": gettext("{distance} m around: {name}"),
        "shape_unnamed": gettext("no name"),
        "shape_written": gettext("Coordinates {n}"),
        "shape_zoom": gettext("Zoom to {shape}"),
        "shapes_file": gettext("shapes"),
        "shapes_file_large": gettext("The file is larger than 2 MB."),
        "shapes_kind": gettext("Object {n} has no geometry that can be drawn here."),
        "shapes_large": gettext("Object {n} has more than {most} points."),
        "shapes_many": gettext("More than {n} shapes cannot be kept."),
        "shapes_none": gettext("The file holds no shapes."),
        "shapes_not_degrees": gettext("The coordinates must be degrees (WGS 84): longitude, latitude."),
        "shapes_not_geojson": gettext("The file is JSON, but not GeoJSON."),
        "shapes_not_json": gettext("The file is not GeoJSON."),
        "shapes_opened": gettext("Shapes opened: {n}"),
        "shapes_positions": gettext("Object {n} has coordinates that cannot be read."),
    }


def select_words() -> dict[str, str]:
    """Texts of selecting several features."""
    return {
        "select": gettext("Select several"),
        "select_click": gettext("Click objects on the map, or use Shift and click at any time."),
        "select_count": gettext("Selected objects: {n}"),
        "select_failed": gettext("The selected objects could not be counted. Please try again."),
        "select_many": gettext("More than {n} cannot be selected."),
        "select_more": gettext("and {n} more"),
        "select_out": gettext("Take {title} out of the selection"),
        "select_rectangle": gettext("Click a corner of the rectangle, then the opposite one."),
        "select_sum_known": gettext("{title}: {value} (known for {known} of {count})"),
    }


def locate_words() -> dict[str, str]:
    """Texts of showing the visitor's position."""
    return {
        "locate": gettext("Where am I"),
        "locate_accuracy": gettext("You are here, to within {n} m."),
        "locate_asking": gettext("Asking the device where you are…"),
        "locate_denied": gettext("The browser may not tell where you are. Allow it in the page's settings."),
        "locate_missing": gettext("This browser cannot tell where you are."),
        "locate_outside": gettext("You are outside the city's map."),
        "locate_slow": gettext("Your position could not be found in time. Please try again."),
        "locate_unknown": gettext("The device does not know where you are."),
    }


def query_words() -> dict[str, str]:
    """Texts of the form of spatial questions."""
    return {
        "query_area_none": gettext(
            "Choose a shape, then click on the map; with the keyboard: arrows move the map, Enter sets a point."
        ),
        "query_area_set": gettext("The area is set: {size}"),
        "query_asking": gettext("Asking…"),
        "query_fields_failed": gettext("The fields of this layer could not be loaded; write the condition as text."),
        "query_file_failed": gettext("This file cannot be read as GeoJSON."),
        "query_file_large": gettext("The file is larger than 1 MB."),
        "query_long": gettext(
            "The area has too many corners for an address. Draw a simpler one, or log in to save it."
        ),
        "query_no_areas": gettext("The file holds no areas."),
    }
