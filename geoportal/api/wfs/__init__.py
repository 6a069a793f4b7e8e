"""The city over WFS 2.0: the protocol is django-gisserver's, who sees what is `layers.access.rules`'s.

Hidden layers and fields are no part of what the library is given, so that it cannot tell them from unknown ones.
"""
