"""WFS 2.0: the protocol by django-gisserver, access rights by `layers.access.rules`.

The library gets no hidden layers and fields, so that it treats them as unknown ones.
"""
