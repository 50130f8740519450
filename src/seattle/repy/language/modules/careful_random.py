"""`random` with a generator for each facade: seeding it is nobody else's business."""

import random as python
from collections.abc import Mapping
from typing import Any

from seattle.repy.language.names import words

_METHODS = words(
    "betavariate binomialvariate choice choices expovariate gammavariate gauss getrandbits getstate lognormvariate "
    "normalvariate paretovariate randbytes randint random randrange sample seed setstate shuffle triangular uniform "
    "vonmisesvariate weibullvariate"
)


def members(_calls: Mapping[str, Any]) -> dict[str, object]:
    """Members with a generator of their own, freshly seeded."""
    generator = python.Random()  # noqa: S311 - as in Python, not for secrets
    bound = {name: getattr(generator, name) for name in _METHODS if hasattr(generator, name)}
    return {"Random": python.Random, "SystemRandom": python.SystemRandom, **bound}
