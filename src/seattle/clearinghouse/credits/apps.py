"""For Django."""

from django.apps import AppConfig


class CreditsConfig(AppConfig):
    """The app's name."""

    name = "seattle.clearinghouse.credits"
    label = "credits"
