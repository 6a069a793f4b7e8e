"""The access table: what each address requires before its view runs. An address that is not listed is closed.

"open": anybody; which layers, rows and fields are returned is decided by `layers.access.rules`.
"account": anybody with an account. An ability: accounts and tokens that have it. "closed": nobody.
"""

from geoportal.accounts.visitors import Visitor

Need = str
OPEN, ACCOUNT, CLOSED = "open", "account", "closed"

ENDPOINTS: dict[str, Need] = {
    # Pages
    "map": OPEN,
    "catalogue": OPEN,
    "layer": OPEN,
    "table": OPEN,
    "series": OPEN,
    "station": OPEN,
    "compare": OPEN,
    "sensors": OPEN,
    "sensors-file": OPEN,
    "reports": OPEN,
    "place_report": OPEN,
    "place_report_pdf": OPEN,
    "studies": OPEN,
    "study": OPEN,
    "study-report": OPEN,
    "study-report-map": OPEN,
    "study-pdf": OPEN,
    "study-result": OPEN,
    "study-cancel": OPEN,
    "accessibility": OPEN,
    "uploads": "upload",
    "upload": "upload",
    "upload-target": "upload",
    "upload-trial": "upload",
    "upload-result": "upload",
    "upload-state": "upload",
    "upload-shapes": "upload",
    "upload-rejections": "upload",
    "upload-remove": "upload",
    # Spatial questions
    "query": OPEN,
    "query-json": OPEN,
    "query-file": OPEN,
    "query-area": "query",
    "query-jobs": "query",
    "query-result": OPEN,
    "query-result-state": OPEN,
    "query-result-file": OPEN,
    "query-cancel": "query",
    "saved-queries": "query",
    "saved-query": "query",
    # Addresses for programs
    "tile": OPEN,
    "tile-json": OPEN,
    "layer-fields": OPEN,
    "feature-card": OPEN,
    "feature-history": OPEN,
    "selection": OPEN,
    "measure": OPEN,
    "buffer": OPEN,
    "search": OPEN,
    "print": OPEN,
    "print-frame": OPEN,
    "study-figures": OPEN,
    "study-features": OPEN,
    "study-result-state": OPEN,
    "study-result-features": OPEN,
    "wfs": OPEN,
    "live-values": OPEN,
    "live-history": OPEN,
    "health": OPEN,
    "layer-file": OPEN,
    "series-file": OPEN,
    "chart-json": OPEN,
    "chart-csv": OPEN,
    # Pictures
    "raw-picture": "photos",
    "raw-tile": "photos",
    "released-picture": OPEN,
    "released-tile": OPEN,
    "picture-json": OPEN,
    "pictures-near": OPEN,
    "picture": OPEN,
    "photos": "photos",
    "photo-run": "photos",
    "photo-run-state": "photos",
    "photo-order": "photos",
    "photo-order-state": "photos",
    "photo-review": "photos",
    "photo-review-next": "photos",
    "photo-review-last": "photos",
    "photo-review-picture": "photos",
    "photo-requests": "photos",
    "picture-removal": OPEN,
    "picture-removals": OPEN,
    "removal-request": OPEN,
    # Open data
    "open-data": OPEN,
    "open-data-jsonld": OPEN,
    "open-data-ttl": OPEN,
    "open-data-rdf": OPEN,
    "open-data-preview": OPEN,
    "freshness": OPEN,
    "freshness-json": OPEN,
    "snapshots": OPEN,
    "snapshots-json": OPEN,
    "snapshot-latest": OPEN,
    "snapshot-file": OPEN,
    # OGC API
    "ogc-landing": OPEN,
    "ogc-conformance": OPEN,
    "ogc-api": OPEN,
    "ogc-collections": OPEN,
    "ogc-collection": OPEN,
    "ogc-queryables": OPEN,
    "ogc-schema": OPEN,
    "ogc-items": OPEN,
    "ogc-item": OPEN,
    "ogc-catalogue": OPEN,
    "ogc-records": OPEN,
    "ogc-record": OPEN,
    "ogc-matrix-sets": OPEN,
    "ogc-matrix-set": OPEN,
    "ogc-all-tilesets": OPEN,
    "ogc-all-tileset": OPEN,
    "ogc-all-tile": OPEN,
    "ogc-tilesets": OPEN,
    "ogc-tileset": OPEN,
    "ogc-tile": OPEN,
    "ogc-styles": OPEN,
    "ogc-style": OPEN,
    "ogc-processes": OPEN,
    "ogc-process": OPEN,
    "ogc-execution": OPEN,
    "ogc-jobs": OPEN,
    "ogc-job": OPEN,
    "ogc-job-results": OPEN,
    "ogc-nothing": OPEN,
    # SensorThings; who may change entities is decided by the views
    "sta": OPEN,
    "sta-root": OPEN,
    "sta-batch": OPEN,
    "sta-create-observations": OPEN,
    "sta-resource": OPEN,
    # STAC; which photos and files are listed is decided by the views
    "stac": OPEN,
    "stac-conformance": OPEN,
    "stac-collections": OPEN,
    "stac-collection": OPEN,
    "stac-items": OPEN,
    "stac-item": OPEN,
    "stac-geopackage": OPEN,
    "stac-search": OPEN,
    # Changing features
    "edit-feature": "edit",
    "new-feature": "edit",
    "edit-restore": "edit",
    "edit-undo": "edit",
    "edit-geometry": "edit",
    # Decisions about datastreams
    "series-exclude": "sensors",
    "series-exclusion": "sensors",
    "series-limits": "sensors",
    "series-undo": "sensors",
    # The SQL console
    "sql-console": "sql",
    "sql-saved": "sql",
    "sql-answer": "sql",
    "sql-stop": "sql",
    # Accounts
    "account": ACCOUNT,
    "token-revoke": ACCOUNT,
    "account_login": OPEN,
    "account_logout": OPEN,
    "account_change_password": ACCOUNT,
    "account_signup": CLOSED,
    "account_reauthenticate": CLOSED,
    "account_set_password": CLOSED,
    "account_inactive": CLOSED,
    "account_email": CLOSED,
    "account_email_verification_sent": CLOSED,
    "account_confirm_email": CLOSED,
    "account_reset_password": CLOSED,
    "account_reset_password_done": CLOSED,
    "account_reset_password_from_key": CLOSED,
    "account_reset_password_from_key_done": CLOSED,
    "account_confirm_login_code": CLOSED,
    "openid_connect_login": OPEN,
    "openid_connect_callback": OPEN,
    "socialaccount_login_cancelled": OPEN,
    "socialaccount_login_error": OPEN,
    "socialaccount_signup": CLOSED,
    "socialaccount_connections": CLOSED,
}
NAMESPACES: dict[str, Need] = {"admin": "manage"}
"""What all addresses of a namespace require."""


def need_of(view_name: str) -> Need:
    """What an address requires, by the name of its URL pattern."""
    namespace, _, _ = view_name.partition(":")
    return ENDPOINTS.get(view_name) or NAMESPACES.get(namespace, CLOSED)


def allowed(visitor: Visitor, need: Need) -> bool:
    """Whether a visitor satisfies a need."""
    if need == OPEN:
        return True
    if need == ACCOUNT:
        return visitor.user is not None and visitor.token is None
    return need != CLOSED and need in visitor.abilities
