"""Runs studies: reads their inputs, computes them, writes and reads their results."""
