"""Benchmarks, run with `scripts/bench`: ratios against a baseline of the same run. Tests only try that they run.

A benchmark is a file `bench_NAME.py` whose docstring has a line "Needs: NAME, NAME." for scripts/bench ("none" for
nothing), whose options come from `setting.options` and `setting.parsed`, and which ends with a `report.Report`.
"""
