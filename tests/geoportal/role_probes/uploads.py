"""Probes of uploads: a token that nobody can guess, and forms that choose layers of others."""

from tests.geoportal.role_probes import Probe

TOKEN = "no-such-upload"
FORM = {"kind": "hydrants", "map-number": "NUMER", "mode": "upsert"}

PROBES: dict[str, list[Probe]] = {
    "uploads": [Probe("/uploads/"), Probe("/uploads/", "POST", {}, form=True)],
    "upload": [
        Probe(f"/uploads/{TOKEN}/"),
        Probe(f"/uploads/{TOKEN}/?into=hydrants"),
        Probe(f"/uploads/{TOKEN}/", "POST", {"crs": "2178"}, form=True),
    ],
    "upload-target": [Probe(f"/uploads/{TOKEN}/target/", "POST", FORM, form=True)],
    "upload-trial": [Probe(f"/uploads/{TOKEN}/trial/"), Probe(f"/uploads/{TOKEN}/trial/", "POST", {}, form=True)],
    "upload-result": [
        Probe(f"/uploads/{TOKEN}/result/"),
        Probe(f"/uploads/{TOKEN}/result/", "POST", {"do": "undo"}, form=True),
    ],
    "upload-state": [Probe(f"/uploads/{TOKEN}/state.json")],
    "upload-shapes": [Probe(f"/uploads/{TOKEN}/shapes.geojson"), Probe(f"/uploads/{TOKEN}/look.geojson")],
    "upload-rejections": [Probe(f"/uploads/{TOKEN}/rejections.csv")],
    "upload-remove": [Probe(f"/uploads/{TOKEN}/remove/", "POST", {}, form=True)],
}
