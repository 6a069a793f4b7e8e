"""Benchmarks, run by hand with `scripts/bench`: ratios against a named baseline of the same run, never a test."""
