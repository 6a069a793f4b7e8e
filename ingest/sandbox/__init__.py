"""Untrusted files are read here: in forks of a clean server process, with limits and without a network."""
