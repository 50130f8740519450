"""What can go wrong before and beside what is installed. The text says what to do.

InstallerError
├── BundleBroken       a bundle is not what it says it is
├── NoWheels           a release has nothing for this Python or this machine
├── PythonUnusable     this is no Python that could be used, or there is none
├── HomeUnusable       the folder of an installation is not as it has to be
├── SupervisorAway     no supervisor runs in this home
├── ServiceUnusable    this computer does not keep it running that way
└── WrongUsage         the command line asks for what makes no sense
"""
# ruff: noqa: N818 - what went wrong is the name; the suffix is for the base, as elsewhere in the house


class InstallerError(Exception):
    """Any of these."""


class BundleBroken(InstallerError):
    """A bundle is not what it says it is: fetch it again."""


class NoWheels(InstallerError):
    """A release has nothing for this Python or this machine."""


class PythonUnusable(InstallerError):
    """This is no Python that could be used, or there is none."""


class HomeUnusable(InstallerError):
    """The folder of an installation is not as it has to be."""


class SupervisorAway(InstallerError):
    """No supervisor runs in this home."""


class ServiceUnusable(InstallerError):
    """This computer does not keep it running that way."""


class WrongUsage(InstallerError):
    """The command line asks for what makes no sense."""
