"""The models of this app, imported for Django to find."""

from geoportal.accounts.audit import AuditEntry
from geoportal.accounts.tokens import ApiToken
from geoportal.broker.cursor import PublishedBatch
from geoportal.console.runs import StatementRun
from geoportal.console.saved import SavedStatement
from geoportal.uploads.files import Upload

__all__ = ["ApiToken", "AuditEntry", "PublishedBatch", "SavedStatement", "StatementRun", "Upload"]
