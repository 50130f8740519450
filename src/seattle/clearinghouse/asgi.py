"""The site as an ASGI application: `seattle.clearinghouse.asgi:application`."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "seattle.clearinghouse.settings")
application = get_asgi_application()
