"""Source “photo_scan”: street photos of a drive or walk, from a folder or zip archive with the files beside them.

The pictures are stored outside the run (`ingest.photos.storing`); the run is the index of one drive. Without a path a
stored run is indexed again, with another clock offset or camera profile:

    manage.py ingest photo_scan drives/2026-05-04 --option author="City of Kielce" --option mount_offset=-2.5
    manage.py ingest photo_scan --option run=2026-05-04 --option clock_offset=-3.2
"""

from ingest.photos.indexing import OPTIONS, read_run
from ingest.photos.storing import store_run
from ingest.source import IngestSource
from layers.text import Text

SOURCE = IngestSource(
    slug="photo_scan",
    title=Text("Zdjęcia ulic z przejazdu", "Street photos of a drive"),
    read=read_run,
    prepare=store_run,
    options=OPTIONS,
    needs_path=False,
)
