"""OGC API Processes: studies as processes, and their jobs."""
