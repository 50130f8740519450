"""For Django."""

from django.apps import AppConfig


class BuildsConfig(AppConfig):
    """The app's name."""

    name = "seattle.clearinghouse.builds"
    label = "builds"
