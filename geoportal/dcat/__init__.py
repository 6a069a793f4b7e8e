"""The open data catalogue for data portals: DCAT-AP 3 as an RDF graph, in Polish and English.

https://semiceu.github.io/DCAT-AP/releases/3.0.0/ . Invented data stay out of it unless they are asked for, and then
say of themselves that they are invented; a portal that harvests by default never gets them.
"""
