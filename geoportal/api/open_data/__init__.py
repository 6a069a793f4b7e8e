"""Open data for programs: downloads, snapshots, DCAT, previews."""
