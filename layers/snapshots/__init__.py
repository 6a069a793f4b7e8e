"""Dated files of open layers: their rows in the database (`models`) and how they are made (`taking`)."""
