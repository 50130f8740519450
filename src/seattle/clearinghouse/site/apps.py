"""For Django."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """The app's name."""

    name = "seattle.clearinghouse.site"
    label = "site"
