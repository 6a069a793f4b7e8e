"""STAC API 1.0 at `/stac/`: runs of street photos as collections, pictures as items.

Everybody sees released pictures. Accounts and tokens of the staff see the other photos of the city's runs too, as
items without files; files as they were taken need the ability `photos`.
"""
