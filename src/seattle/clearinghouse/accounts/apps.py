"""For Django."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The app's name."""

    name = "seattle.clearinghouse.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Listen to allauth."""
        from seattle.clearinghouse.accounts import signals  # noqa: F401, PLC0415 - there are no models before
