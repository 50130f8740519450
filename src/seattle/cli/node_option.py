"""The option that all commands about the node on this computer have."""

from pathlib import Path
from typing import Annotated

import typer

from seattle.node.settings import SETTINGS_VARIABLE

SettingsFile = Annotated[Path, typer.Option("--settings", envvar=SETTINGS_VARIABLE, help="The node's settings file.")]
