"""Readers of file formats. They run in the sandbox."""
