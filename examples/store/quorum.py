"""A key-value store made of replicas: what a majority has taken stays, whichever minority fails.

    store = Store([(ip, port), ...])
    store.put("city", "Seattle")
    store.get("city")               # a KeyError if it was never put

Two majorities have a replica in common. So a `put` asks a majority for its latest version, and gives a later one to a
majority; a `get` takes the latest of a majority, and sees that a majority has it before it returns, so that no later
`get` finds an older one. No replica is special, and none has to be told of a failure.
"""

import secrets
from concurrent.futures import ThreadPoolExecutor, as_completed
from http.client import HTTPException
from xmlrpc.client import Error, ServerProxy

import rendezvous

PATIENCE = 2.0  # seconds for one replica


class NoQuorumError(Exception):
    """Fewer replicas than a majority have answered."""


class Store:
    """The replicas, as one store. Threads may share it."""

    def __init__(self, places):
        self._urls = [f"http://{rendezvous.format_place(place)}/" for place in places]
        self._majority = len(self._urls) // 2 + 1
        self._writer = secrets.token_hex(8)  # no two writers make the same version

    def put(self, key, value):
        """Raises NoQuorumError, after which some replicas may have it, and a later get may find it."""
        counter, _writer, _value = max(self._ask_majority("read", key), key=version_of)
        self._ask_majority("write", key, counter + 1, self._writer, value)

    def get(self, key):
        found = self._ask_majority("read", key)
        latest = max(found, key=version_of)
        if any(version_of(one) != version_of(latest) for one in found):
            self._ask_majority("write", key, *latest)
        if latest[0] == 0:
            raise KeyError(key)
        return latest[2]

    def _ask_majority(self, method, *arguments):
        """The answers of as many as a majority, the first to come."""
        answers = []
        with ThreadPoolExecutor(len(self._urls)) as pool:
            asked = [pool.submit(ask, url, method, *arguments) for url in self._urls]
            for one in as_completed(asked):
                try:
                    answers.append(one.result())
                except (OSError, HTTPException, Error):
                    continue  # that one is away
                if len(answers) == self._majority:
                    break
        if len(answers) < self._majority:
            raise NoQuorumError(f"{len(answers)} of {len(self._urls)} replicas answer, and {self._majority} have to")
        return answers


def version_of(answer):
    return answer[0], answer[1]


def ask(url, method, *arguments):
    with ServerProxy(url, allow_none=True, timeout=PATIENCE) as replica:
        return replica.call(method, *arguments)
