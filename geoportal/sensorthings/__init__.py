"""SensorThings API 1.1 (OGC 18-088) over the observation store: entities, queries, documents and changes.

2026-11-30: thin views of our own over `odata-query`, not django-ogc-sensorthings. In that library 82 of 251 requests
written from the standard failed, and what failed was its core (nested options, next links, filters, errors, PUT,
`$ref`, batches, rights by level), so that nearly every one of its services would have been replaced.
"""
