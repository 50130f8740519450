"""The REST API, put together."""

from typing import Final

from ninja import NinjaAPI

from seattle.clearinghouse.accounts import login_api
from seattle.clearinghouse.api import account, builds, donations, keys, orders, problems, public, vessels
from seattle.clearinghouse.api.parser import StrictParser

DESCRIPTION: Final = """\
Each request but those for the testbed itself carries `Authorization: Bearer TOKEN`. TOKEN is an API key (`sak_...`,
made on the site), or a token of the request signed with one of your keys, as `seattle` and the SDK make them.

Times are in UTC. Refusals are `{"code", "message"}`: the code is for programs and stays, the message is for people.
Fields that a request does not have are refused. Too many requests are answered with 429 and `Retry-After` (seconds)."""

api = NinjaAPI(
    title="Seattle Clearinghouse", version="1", description=DESCRIPTION, docs_url=None, parser=StrictParser()
)
api.add_router("", public.router)
api.add_router("/account", account.router)
api.add_router("/keys", keys.router)
api.add_router("/api-keys", keys.api_keys)
api.add_router("/orders", orders.router)
api.add_router("/vessels", vessels.router)
api.add_router("/donations", donations.router)
api.add_router("/builds", builds.router)
api.add_router("/login", login_api.router)  # which limits itself: a class behind one address polls a lot
for error, handler in problems.HANDLERS.items():
    api.add_exception_handler(error, handler)
