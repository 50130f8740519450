"""Who the users are, by which keys nodes know them, and by which secrets we do.

    services.py        keys, API keys, joining, leaving       logins.py       `seattle login`, approved in a browser
    authentication.py  who a request to an API is from        public_keys.py  what people paste as their key
    recent.py          what is dangerous wants a recent proof of who it is
    views.py, forms.py, login_views.py  the pages; those about passwords, mail, sessions and second factors are
                       django-allauth's, which adapters.py and signals.py have do it our way
    housekeeping.py    what is forgotten in time, by the workers

Promises: no private key of a user is ever here for longer than it takes to refuse it; of secrets there are digests; a
change of keys marks all vessels that obey them in the same transaction; who was banned can do nothing.
"""
