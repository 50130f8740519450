"""Where a user's keys are kept."""

import os
from collections.abc import Mapping
from pathlib import Path


def default_keys_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """The user's keys if they say nothing else: `seattle/keys` in their configuration folder."""
    configured = environ.get("XDG_CONFIG_HOME", "")
    # The XDG rules say that a relative path is to be ignored.
    base = Path(configured) if configured.startswith("/") else Path.home() / ".config"
    return base / "seattle" / "keys"
