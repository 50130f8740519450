"""What goes wrong when installers are made and read. The text says what to do. The rest: `standalone/errors.py`."""

from seattle.installer.standalone.errors import InstallerError


class CannotBundle(InstallerError):  # noqa: N818 - as there
    """There are not the wheels that a bundle takes."""


class StatementBroken(InstallerError):  # noqa: N818 - as there
    """What an installer says of itself is not what anybody has signed, or not what an installer can say."""


class CannotBuild(InstallerError):  # noqa: N818 - as there
    """An installer can't be made of this."""
