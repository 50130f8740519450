"""Which nodes somebody wants, as people write it."""

from typing import Any

import pytest

from seattle.client.errors import UnusableFilter
from seattle.client.site.where import read_where


@pytest.mark.parametrize(
    ("words", "filters"),
    [
        (["country=de", "country=FR"], {"countries": ["DE", "FR"]}),
        (["not-country=us", "asn=AS680"], {"not_countries": ["US"], "asns": [680]}),
        (["memory=500M", "uptime=24"], {"resources": {"memory": 500_000_000}, "least_uptime": 24.0}),
        (
            ["near=192.0.2.1", "within-ms=50", "own-port=yes"],
            {"near": "192.0.2.1", "within_ms": 50.0, "own_port": True},
        ),
        ([], {}),
    ],
)
def test_given_filters_in_words_when_they_are_read_then_they_are_in_the_site_s_form(
    words: list[str], filters: dict[str, Any]
) -> None:
    assert read_where(words) == filters


@pytest.mark.parametrize(
    "word",
    [
        "planet=earth",
        "memory",
        "memory=lots",
        "asn=x",
        "country=Germany",
        "country=",
        "network=here",
        "network=192.0.2.0/16",
        "uptime=",
        "uptime=nan",
        "uptime=inf",
        "own-port=maybe",
        "connport=63100",
        "near=192.0.2.1",
    ],
)
def test_given_a_word_that_is_no_filter_when_it_is_read_then_it_is_refused(word: str) -> None:
    with pytest.raises(UnusableFilter):
        read_where([word])
