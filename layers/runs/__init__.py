"""Runs and their records: datasets, counts, rejections, erasures, and the reasons for rejections."""
