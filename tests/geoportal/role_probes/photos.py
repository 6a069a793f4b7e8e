"""Probes of the files of street photos, in every state of a picture."""

from tests.geoportal.role_probes import Probe

REMOVAL = {"reason": "boredom"}
"""A faulty form: nothing is hidden by walking."""
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
    "stac": [Probe("/stac/", shows="planners")],
    "stac-conformance": [Probe("/stac/conformance")],
    "stac-collections": [Probe("/stac/collections", shows="planners")],
    "stac-collection": [Probe("/stac/collections/TAJNY-PRZEJAZD-80", shows="planners")],
    "stac-items": [
        Probe("/stac/collections/TAJNY-PRZEJAZD-80/items", shows="planners"),
        Probe("/stac/collections/drive/items"),
    ],
    "stac-item": [
        *(Probe(f"/stac/collections/drive/items/{{{key}}}") for key in ("released_key", "hidden_key")),
        *(Probe(f"/stac/collections/drive/items/{{{state}_picture}}") for state in STATES),
    ],
    "stac-search": [
        Probe("/stac/search"),
        Probe("/stac/search?bbox=20,50,21,51&limit=1000"),
        Probe("/stac/search", "POST", {"limit": 1000}),
    ],
    "stac-geopackage": [Probe("/stac/collections/drive/photos.gpkg")],
    "released-tile": [Probe(f"/pictures/{{{key}}}/tiles/0/0_0.jpg") for key in ("released_key", "hidden_key")],
    "picture-json": [
        Probe("/pictures/{raw_picture}.json", shows="editors"),
        *(Probe(f"/pictures/{{{state}_picture}}.json") for state in STATES),
        *(Probe(f"/pictures/{{{key}}}.json") for key in ("released_key", "hidden_key")),
    ],
    "pictures-near": [
        Probe("/pictures/near.json?lon=20.63139&lat=50.87028", shows="editors"),
        Probe("/pictures/near.json?lon=20.7&lat=50.9"),
        Probe("/pictures/near.json?lon=x"),
    ],
    "picture": [
        *(Probe(f"/pictures/{{{state}_picture}}/") for state in STATES),
        *(Probe(f"/pictures/{{{key}}}/") for key in ("released_key", "hidden_key")),
    ],
    "photos": [
        Probe("/photos/", shows="editors"),
        Probe("/photos/", "POST", {"item": "../secret", "run": "a"}, form=True),
    ],
    "photo-run": [
        Probe("/photos/runs/TAJNY-PRZEJAZD-80/", shows="editors"),
        Probe("/photos/runs/no-such-run/"),
        Probe("/photos/runs/no-such-run/", "POST", {"do": "correct", "clock_offset": "2"}, form=True),
    ],
    "photo-order": [
        Probe("/photos/orders/no-such-order/"),
        Probe("/photos/orders/no-such-order/", "POST", {"do": "store"}, form=True),
    ],
    "photo-order-state": [Probe("/photos/orders/no-such-order/state.json")],
    "photo-run-state": [Probe("/photos/runs/TAJNY-PRZEJAZD-80/state.json"), Probe("/photos/runs/none/state.json")],
    "photo-review": [
        Probe("/photos/review/", shows="editors"),
        Probe("/photos/review/?run=TAJNY-PRZEJAZD-80"),
    ],
    "photo-review-next": [
        Probe("/photos/review/next.json", shows="editors"),
        Probe("/photos/review/next.json?run=TAJNY-PRZEJAZD-80", shows="inspectors"),
        Probe("/photos/review/next.json?after={raw_picture}"),
        Probe("/photos/review/next.json?after=x"),
    ],
    "photo-review-last": [
        Probe("/photos/review/last.json"),
        Probe("/photos/review/last.json?run=TAJNY-PRZEJAZD-80"),
    ],
    "photo-review-picture": [
        *(Probe(f"/photos/review/{{{state}_picture}}.json") for state in STATES),
        Probe("/photos/review/{raw_picture}.json", shows="editors"),
        Probe("/photos/review/{released_key}.json"),
        Probe("/photos/review/{released_picture}.json", "POST", {"verdict": "undo"}),
        Probe("/photos/review/{raw_picture}.json", "POST", {"verdict": "release"}),
    ],
    "photo-requests": [
        Probe("/photos/requests/", shows="editors"),
        Probe("/photos/requests/", shows="inspectors"),
        Probe("/photos/requests/", "POST", {"reference": "NOSUCHREFE", "verdict": "grant", "answer": "x"}, form=True),
    ],
    "picture-removal": [
        *(Probe(f"/pictures/{{{key}}}/removal/") for key in ("released_key", "hidden_key")),
        *(Probe(f"/pictures/{{{state}_picture}}/removal/") for state in STATES),
        *(
            Probe(f"/pictures/{{{key}}}/removal/", "POST", REMOVAL, form=True)
            for key in ("released_key", "hidden_key", "raw_picture")
        ),
    ],
    "picture-removals": [Probe("/pictures/removals/")],
    "removal-request": [Probe("/pictures/requests/{request}/"), Probe("/pictures/requests/NOSUCHREFE/")],
}
