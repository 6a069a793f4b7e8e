"""Runs and what they leave behind: datasets, counts, rejections, erasures, and the reasons for rejections."""
