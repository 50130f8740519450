"""The site as an ASGI application: `seattle.clearinghouse.asgi:application`, with what stands before Django.

From the outside in: the log of requests, whose request it is, what is too much, Django.
"""

from typing import Any

from django.conf import settings

from seattle.clearinghouse.start import start

start()

from django.core.asgi import get_asgi_application  # noqa: E402 - not before Django is set up

from seattle.clearinghouse.access_log import AccessLog  # noqa: E402
from seattle.clearinghouse.limits import Limits  # noqa: E402
from seattle.clearinghouse.logs import configure_logs  # noqa: E402
from seattle.clearinghouse.proxies import TrustedProxies  # noqa: E402

configure_logs()
_django: Any = get_asgi_application()  # of wider types than ASGI's
application = AccessLog(TrustedProxies(Limits(_django), settings.SITE.trusted_proxies))
