"""For Django."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """The app's name."""

    name = "seattle.clearinghouse.desk"
    label = "desk"
