"""Runs in the background: the queue protocol of Run rows, heartbeat and cancellation."""
