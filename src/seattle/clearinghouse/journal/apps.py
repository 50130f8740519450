"""For Django."""

from django.apps import AppConfig


class JournalConfig(AppConfig):
    """The app's name."""

    name = "seattle.clearinghouse.journal"
    label = "journal"
