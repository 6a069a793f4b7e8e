"""The open data catalogue for data portals: DCAT-AP 3 as an RDF graph, in Polish and English.

https://semiceu.github.io/DCAT-AP/releases/3.0.0/ . Invented data are included only on request and are then marked as
invented, so a portal that harvests by default never gets them.
"""
