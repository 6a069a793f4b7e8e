"""Words that scripts of the pages show; templates hold all others."""

from django.utils.translation import gettext

from geoportal.web.tool_words import tool_words


def script_words() -> dict[str, str]:
    """Each word in the active language, by the name under which scripts ask for it. `{x}` is filled in there."""
    return {
        **tool_words(),
        "all_empty": gettext("There is nothing on this map yet."),
        "attribution": gettext("Toggle sources"),
        "card_failed": gettext("The details could not be loaded."),
        "card_gone": gettext("This object is no longer in the data."),
        "dataset": gettext("Dataset"),
        "data_date": gettext("Data as of"),
        "kilometres": gettext("km"),
        "layer_empty": gettext("no data"),
        "layer_failed": gettext("This layer could not be loaded."),
        "licence": gettext("Licence"),
        "missing": gettext("No data: {fields}."),
        "map": gettext("Map of the city. Arrow keys move it, plus and minus zoom, Enter describes its centre."),
        "metres": gettext("m"),
        "no": gettext("no"),
        "no_graphics": gettext("This browser cannot draw the map: WebGL is off. The layers can be downloaded."),
        "nothing_here": gettext("There is nothing to describe here."),
        "print": gettext("Print"),
        "print_done": gettext("Saved as {name} ({size} MB)."),
        "print_failed": gettext("The map could not be printed. Try again in a moment."),
        "print_ground": gettext("The sheet covers {wide} by {high}."),
        "print_working": gettext("Drawing the sheet; this takes a few seconds."),
        "recorded_from": gettext("Known since"),
        "retry": gettext("Try again"),
        "source": gettext("Source"),
        "study_interrupted": gettext("The computation was interrupted. It is taken up again within a minute."),
        "study_no_square": gettext(
            "Nothing is said of this place: it is dry, or too few buildings or people are there."
        ),
        "study_queued": gettext("Waiting for its turn"),
        "study_running": gettext("Computing"),
        "study_unreachable": gettext("The portal does not answer at the moment; it is asked again."),
        "tiles_failed": gettext("Part of the map could not be loaded."),
        "yes": gettext("yes"),
        "zoom_closer": gettext("Zoom in to see this layer"),
        "zoom_in": gettext("Zoom in"),
        "zoom_out": gettext("Zoom out"),
        "link_copied": gettext("Link copied"),
        "link_not_copied": gettext("The link could not be copied"),
        "reports_nothing": gettext("Nothing in the city is called “{text}”."),
        "reports_no_corner": gettext("No corner yet."),
        "reports_corners": gettext("Corners: {n}. An area needs three."),
        "reports_area": gettext("Corners: {n}. Area: {area}."),
        "filter_add": gettext("Add a condition"),
        "filter_clear": gettext("Clear the filter"),
        "filter_count": gettext("{n} of {all}"),
        "filter_field": gettext("Field"),
        "filter_known": gettext("given"),
        "filter_op": gettext("Comparison"),
        "filter_or": gettext("or"),
        "filter_own": gettext("own filter"),
        "filter_refused": gettext("This filter cannot be used; the layer is shown without it."),
        "filter_remove": gettext("Remove the condition"),
        "filter_value": gettext("Value"),
        "known_on": gettext("Map as known on {date}"),
        "layers_found": gettext("Layers found: {n}"),
        "op_at_least": gettext("at least"),
        "op_at_most": gettext("at most"),
        "op_between": gettext("between"),
        "op_from": gettext("from"),
        "op_has": gettext("contains"),
        "op_is": gettext("is"),
        "op_is_not": gettext("is not"),
        "op_known": gettext("is given"),
        "op_unknown": gettext("is not known"),
        "op_until": gettext("until"),
        "order_said": gettext("{layer}: {n} of {all}"),
        "past_empty": gettext("Nothing of this city was stored yet on that day."),
    }


def copy_words() -> dict[str, str]:
    """Words of the buttons that copy an example."""
    return {
        "copied": gettext("Copied"),
        "not_copied": gettext("It could not be copied; select the text instead."),
    }
