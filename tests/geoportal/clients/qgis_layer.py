"""Run by QGIS's own Python: reads a whole layer and prints its features as JSON.

Usage: python3 qgis_layer.py PROVIDER ADDRESS; the provider is QGIS's word ("WFS", "OAPIF").
"""

import json
import sys

from qgis.core import QgsApplication, QgsVectorLayer

application = QgsApplication([], False)
application.initQgis()
layer = QgsVectorLayer(sys.argv[2], "layer", sys.argv[1])
answer = {"valid": layer.isValid(), "system": layer.crs().authid(), "features": []}
if layer.isValid():
    answer["fields"] = [field.name() for field in layer.fields()]
    answer["features"] = [
        [dict(zip(answer["fields"], map(str, one.attributes()))), bytes(one.geometry().asWkb()).hex()]
        for one in layer.getFeatures()
    ]
sys.stdout.write(json.dumps(answer) + "\n")
sys.stdout.flush()
application.exitQgis()
