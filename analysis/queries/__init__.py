"""Spatial questions that people put together from layers, without writing SQL.

A question (`question.py`) becomes a selection of features (`chosen.py`), of which rows, groups (`groups.py`) and the
nearest features of another layer (`nearest.py`) are told. Long ones run as jobs (`jobs.py`), whose result (`kept.py`)
is a selection too.
"""
