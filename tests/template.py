"""Makes the migrated template of the tests' databases, where it is missing: `python -m tests.template`.

`scripts/test` starts it beside the checks, so that no process of the tests waits a quarter of a minute for it.
"""

import os

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geoportal.settings")
    django.setup()
    from tests.databases import migrated_template

    migrated_template()
