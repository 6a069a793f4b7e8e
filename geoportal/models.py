"""All tables of this room, for Django to find."""

from geoportal.accounts.audit import AuditEntry
from geoportal.accounts.tokens import ApiToken

__all__ = ["ApiToken", "AuditEntry"]
