"""What goes wrong when installers and bundles are made. What goes wrong where they are used: `standalone/errors.py`."""


class InstallerError(Exception):
    """Root of all of it."""


class CannotBundle(InstallerError):  # noqa: N818 - named for what went wrong
    """There are not the wheels that a bundle takes; the text says which."""
