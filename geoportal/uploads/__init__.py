"""Files uploaded through the browser: stored in private folders, inspected, dry-run and loaded by `ingest`."""
