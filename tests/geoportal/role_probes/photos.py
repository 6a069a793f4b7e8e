"""Probes of the files of street photos, in every state of a picture."""

from tests.geoportal.role_probes import Probe

STATES = ("raw", "blurred", "released", "hidden", "withheld")
NAMES = ("original", "full", "screen", "thumbnail", "tiles")

PROBES: dict[str, list[Probe]] = {
    "raw-picture": [
        *(
            Probe(f"/media/{{{state}_picture}}/raw/{name}", shows="editors" if name in ("original", "screen") else "")
            for state in STATES
            for name in NAMES
        ),
        *(Probe(f"/media/{{{state}_picture}}/blurred/{name}") for state in STATES for name in NAMES),
        Probe("/media/{raw_picture}/raw/original", shows="inspectors"),
        Probe("/media/{released_key}/raw/original"),
        Probe("/media/{raw_picture}/..%2Fraw/original"),
    ],
    "raw-tile": [Probe(f"/media/{{{state}_picture}}/raw/tiles/0/0_0.jpg") for state in STATES],
    "released-picture": [
        *(Probe(f"/pictures/{{{key}}}/{name}.jpg") for key in ("released_key", "hidden_key") for name in NAMES),
        *(Probe(f"/pictures/{{{state}_picture}}/{name}.jpg") for state in STATES for name in NAMES),
    ],
    "released-tile": [Probe(f"/pictures/{{{key}}}/tiles/0/0_0.jpg") for key in ("released_key", "hidden_key")],
}
