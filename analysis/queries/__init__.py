"""Spatial questions that people put together from layers, without writing SQL.

A question (`question.py`) becomes a selection of features (`chosen.py`). Its rows and the nearest features of another
layer (`answer.py`) and its groups (`groups.py`) are read from that. Long questions run as jobs (`jobs.py`), whose
stored result (`kept.py`) is a selection too.
"""
