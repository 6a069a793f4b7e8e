"""Files that people bring in through the browser: kept apart, looked at, tried and stored by the room `ingest`."""
