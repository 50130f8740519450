"""What a user can set about the shell itself."""

from dataclasses import dataclass

from seattle.client.patience import DEFAULT


@dataclass
class Settings:
    """Settings, as `set` changes them and `savestate` keeps them."""

    timeout: float = DEFAULT.call  # seconds, for one call to a node
    show_parse: bool = True  # whether a line that a module has rewritten is shown
    autosave: bool = False  # whether the state is saved after each command
    folding: bool = True  # whether outputs that are the same on several vessels are shown once
