"""For Django."""

from django.apps import AppConfig


class LeasesConfig(AppConfig):
    """The app's name."""

    name = "seattle.clearinghouse.leases"
    label = "leases"
