"""The accessibility statement, which the act of 4 April 2019 on digital accessibility asks of a public website.

Its sections and element ids follow the technical conditions for such statements, so that the supervising ministry's
programs can read it.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from geoportal.wording.values import day
from layers.city import city


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """`/accessibility/`."""
    about = city().accessibility
    dates = {name: (value, day(value)) for name, value in about.dates.items()}
    return render(request, "page/accessibility.html", {"about": about, "dates": dates})
