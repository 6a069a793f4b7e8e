"""Runs studies: reads their inputs, carries them out, writes their results."""
