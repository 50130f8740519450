"""The start of every process of the clearinghouse: its settings are read and checked, and Django is set up."""

import logging
import os
from typing import Final

import django

from seattle.clearinghouse.config import BadSiteSettings, SiteSettings, keep_secret_key, load_site_settings

SETTINGS: Final = "seattle.clearinghouse.settings"


def start(*, keep_secret: bool = False) -> SiteSettings:
    """Set Django up by the environment; what comes before any import of a model.

    `keep_secret`: make the secret key that all processes share, if there is none. Raises BadSiteSettings.
    """
    site = load_site_settings()
    if keep_secret:
        keep_secret_key(site)
        if not site.secret_key and not os.access(site.secret_key_file, os.R_OK):
            raise BadSiteSettings(f"{site.secret_key_file} can't be read: all processes that serve need the same key")
    logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)  # whoever wanted a connection tells, in a line
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS
    django.setup()
    return site
