"""For Django."""

from django.apps import AppConfig


class StatisticsConfig(AppConfig):
    """The app's name."""

    name = "seattle.clearinghouse.statistics"
    label = "statistics"
