"""Run by QGIS's own Python: reads whole layers and prints the features of each as a line of JSON.

Usage: python3 qgis_layers.py PROVIDER ADDRESS...; the provider is QGIS's word ("WFS", "OAPIF").
"""

import json
import sys

from qgis.core import QgsApplication, QgsVectorLayer


def read(provider: str, address: str) -> dict:
    """A layer with all its features, as QGIS knows it."""
    layer = QgsVectorLayer(address, "layer", provider)
    if not layer.isValid():
        return {"valid": False}
    fields = [field.name() for field in layer.fields()]
    features = [
        [dict(zip(fields, map(str, one.attributes()), strict=True)), bytes(one.geometry().asWkb()).hex()]
        for one in layer.getFeatures()
    ]
    return {"valid": True, "system": layer.crs().authid(), "features": features}


application = QgsApplication([], False)
application.initQgis()
for asked in sys.argv[2:]:
    sys.stdout.write(json.dumps(read(sys.argv[1], asked)) + "\n")
sys.stdout.flush()
application.exitQgis()
