"""The devkit: a folder in which somebody begins to write programs for vessels.

It has the examples, the limits of a vessel to try programs within, what an editor needs to know of Repy, and a first
page to follow. `seattle devkit` writes it, and the site offers it on one's profile page.

May import: `repy`, `resources` and `identity`. The `seattle` command and the site import this.
"""

from seattle.devkit.kit import Owner, files, write, zipped

__all__ = ["Owner", "files", "write", "zipped"]
