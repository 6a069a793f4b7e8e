"""Entities that layers of different levels share: a change by somebody who sees only some of them leaves the others.

Who changes a Location cannot know that an alarm is there too, and a refusal would reveal it. The alarm therefore gets
a Location of its own, which is as the shared one was.
"""

from geoportal.sensorthings.changes import Changes
from layers.observations.entity_changes import change
from layers.observations.models import Datastream, HistoricalLocation, Location, Thing
from layers.observations.selection import visible_streams, visible_things


def hidden_things(changes: Changes, place: Location) -> list[Thing]:
    """Things at a location that the visitor does not see."""
    seen = visible_things(changes.visitor.access)
    return list(Thing.objects.filter(locations=place, ended_by=None).exclude(pk__in=seen))


def hidden_streams(changes: Changes, **of: object) -> bool:
    """Whether a sensor or observed property has datastreams that the visitor does not see."""
    streams = Datastream.objects.filter(ended_by=None, **of)
    return streams.exclude(pk__in=visible_streams(changes.visitor.access)).exists()


def split_from_hidden(changes: Changes, place: Location) -> None:
    """Give hidden Things at a location a copy of it, in their past too."""
    past = HistoricalLocation.objects.filter(locations=place, ended_by=None)
    past = past.exclude(thing__in=visible_things(changes.visitor.access))
    things = hidden_things(changes, place)
    if not things and not past.exists():
        return
    copy = changes.copy_of(place)
    changes.replace_in_history(past, place, copy)
    for thing in things:
        places = [copy if one == place else one for one in thing.locations.all()]
        change(changes.run, thing, {"locations": places})
