"""Brings data into the layers: sources, file readers, and the one pipeline that writes records to the store."""
