"""The REST API, under /api/v1: every action of the site, for programs.

`rest.py` puts it together. Each router (`orders`, `vessels`, `account`, `keys`, `donations`, `public`) has its own
forms of requests and answers, asks one service and answers with what that returned. `credentials` says who asks,
`rates` how often they may, `problems` what a refusal looks like; `watching` lets many wait for orders at the price of
one.

Promises:
* Cookies are worth nothing here, so no other site can act for who is signed in.
* What a request has too much of is refused, not ignored.
* All refusals look alike: `{"code", "message"}`.
* Who waits for an order holds no transaction, no connection to the database, and no thread that others need.
"""
