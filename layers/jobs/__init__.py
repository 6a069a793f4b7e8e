"""Background jobs: the queue protocol of Run rows, heartbeat, cancellation, recovery after a kill."""
