"""What goes wrong with releases and updates."""


class UpdateError(Exception):
    """Root of all of it."""


class ReleaseError(UpdateError):
    """A release can't be made so; the text says what does."""


class UpdateUnreachable(UpdateError):  # noqa: N818 - named for what went wrong
    """Nobody answers at the address of the releases, or not in time."""


class UpdateRefused(UpdateError):  # noqa: N818 - as above
    """What a mirror serves is not what release managers have signed, or is not newer, or no longer valid."""
