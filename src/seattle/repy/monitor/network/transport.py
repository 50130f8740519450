"""The two ways in which packets travel."""

from enum import Enum


class Transport(Enum):
    """A vessel's ports are its own for one of these, not for both."""

    UDP = "UDP"
    TCP = "TCP"
