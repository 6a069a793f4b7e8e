"""Reads untrusted files in forks of a clean server process, with resource limits and without a network."""
