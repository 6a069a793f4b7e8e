"""The administrators' pages: accounts, publication, datasets, runs, rejections, tokens and the audit.

Only what is listed here can be reached, and only by accounts that may `manage`; changes of rights are recorded in the
audit.
"""

from geoportal.admin import accounts, audit, layers, runs
from geoportal.admin.site import SITE

__all__ = ["SITE", "accounts", "audit", "layers", "runs"]
