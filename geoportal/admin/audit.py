"""The audit."""

from django.utils.translation import gettext_lazy as _

from geoportal.accounts.audit import AuditEntry
from geoportal.admin.site import SITE, Managed


class AuditAdmin(Managed):
    """Who read layers of the emergency services, changed rights, or ran SQL. Nothing here can be changed."""

    plural = _("Audit")
    list_display = ("at", "account", "action", "subject", "token", "address")
    list_filter = ("action", "account", "at")
    search_fields = ("account", "subject", "address")
    date_hierarchy = "at"


SITE.register(AuditEntry, AuditAdmin)
