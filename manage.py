#!/usr/bin/env python
"""Run the geoportal's management commands."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geoportal.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    from layers.errors import CityProfileInvalid

    try:
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, CityProfileInvalid) as fault:
        sys.exit(f"manage.py: {fault}")


if __name__ == "__main__":
    main()
