"""Background jobs: the queue protocol of Run rows, heartbeat and cancellation."""
