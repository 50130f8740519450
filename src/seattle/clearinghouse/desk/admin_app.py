"""For INSTALLED_APPS, in place of Django's own admin. It is apart since Django reads it before there are any models."""

from django.contrib.admin.apps import AdminConfig


class OperatorsAdminConfig(AdminConfig):
    """Says which site it is."""

    default_site = "seattle.clearinghouse.desk.admin_site.OperatorsSite"
