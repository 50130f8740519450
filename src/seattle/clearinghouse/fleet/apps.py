"""For Django."""

from django.apps import AppConfig


class FleetConfig(AppConfig):
    """The app's name."""

    name = "seattle.clearinghouse.fleet"
    label = "fleet"
