"""What nodes call refusals (`RemoteError.code`) about which something is done here."""

from typing import Final

NOT_ALLOWED: Final = "not-allowed"  # we have no right to it, or there is no such vessel
NO_SUCH_FILE: Final = "no-such-file"
