"""For Django."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The app's name."""

    name = "seattle.clearinghouse.api"
    label = "api"
