"""For Django."""

from django.apps import AppConfig


class XmlrpcConfig(AppConfig):
    """The app's name."""

    name = "seattle.clearinghouse.xmlrpc"
    label = "xmlrpc"
