"""For Django."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The app's name."""

    name = "seattle.clearinghouse.accounts"
    label = "accounts"
