"""Words that scripts of the pages show; templates hold all others."""

from django.utils.translation import gettext


def script_words() -> dict[str, str]:
    """Each word in the active language, by the name under which scripts ask for it. `{x}` is filled in there."""
    return {
        "all_empty": gettext("There is nothing on this map yet."),
        "attribution": gettext("Toggle sources"),
        "card_failed": gettext("The details could not be loaded."),
        "card_gone": gettext("This object is no longer in the data."),
        "card_position": gettext("{n} of {all}"),
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
        "recorded_from": gettext("Known since"),
        "retry": gettext("Try again"),
        "source": gettext("Source"),
        "tiles_failed": gettext("Part of the map could not be loaded."),
        "yes": gettext("yes"),
        "zoom_closer": gettext("Zoom in to see this layer"),
        "zoom_in": gettext("Zoom in"),
        "zoom_out": gettext("Zoom out"),
    }
