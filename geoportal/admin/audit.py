"""The audit."""

from django.utils.translation import gettext_lazy as _

from geoportal.accounts.audit import AuditEntry
from geoportal.admin.site import SITE, Managed


class AuditAdmin(Managed):
    """The audit log, read-only: reads of layers of the emergency services, changes of rights, SQL statements."""

    plural = _("Audit")
    list_display = ("at", "account", "action", "subject", "token", "address")
    list_filter = ("action", "account", "at")
    search_fields = ("account", "subject", "address")
    date_hierarchy = "at"


SITE.register(AuditEntry, AuditAdmin)
