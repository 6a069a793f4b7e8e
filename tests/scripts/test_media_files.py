"""Which files of the media folder a backup takes while the portal runs."""

import io
import tarfile

from scripts.lib import backup
from scripts.lib.inventory import media_files


def written(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def test_files_that_are_still_being_written_are_left_out(tmp_path):
    written(
        tmp_path, "photos/a.jpg", "export-x1/roads.gpkg", "snapshots/.building-7/roads.csv", "snapshots/roads/d/r.csv"
    )
    names = [str(path.relative_to(tmp_path)) for path in media_files(tmp_path)]
    assert names == ["photos/a.jpg", "snapshots/roads/d/r.csv"]


def test_a_file_that_goes_while_the_backup_runs_does_not_end_it(tmp_path, monkeypatch):
    written(tmp_path, "snapshots/roads/d1/r.csv", "snapshots/roads/d2/r.csv")
    found = list(media_files(tmp_path))
    found[0].unlink()
    monkeypatch.setattr(backup, "media_files", lambda folder: iter(found))
    with tarfile.open(fileobj=io.BytesIO(), mode="w") as archive:
        assert list(backup.add_media(archive, tmp_path)) == ["snapshots/roads/d2/r.csv"]
        assert archive.getnames() == ["media/snapshots/roads/d2/r.csv"]
