"""Dated snapshots of open layers: their database rows (`models`) and how they are made (`taking`)."""
