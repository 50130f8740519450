"""Where addresses are, and how far apart."""

import math

import pytest

from seattle.geography.distances import EARTH_KM, distance_km, estimated_ms, reach_km
from seattle.geography.locations import NOWHERE, locate, middles


@pytest.mark.parametrize("address", ["130.83.47.181", "::ffff:130.83.47.181"])
def test_given_a_public_address_when_it_is_located_then_country_network_and_coordinates_are_told(address: str) -> None:
    location = locate(address)
    assert (location.country, location.country_name) == ("DE", "Germany")
    assert location.as_name
    assert distance_km(location.point or (0, 0), (51.0, 9.0)) < 500


def test_given_an_ipv6_address_when_it_is_located_then_it_is_told() -> None:
    assert locate("2001:4860:4860::8888").country == "US"


@pytest.mark.parametrize(
    "address",
    ["10.1.2.3", "127.0.0.1", "169.254.1.1", "100.64.0.1", "fe80::1%eth0", "fd00::1", "::1", "", "x", "1.2.3"],
)
def test_given_an_address_that_is_nowhere_when_it_is_located_then_nothing_is_made_up(address: str) -> None:
    assert locate(address) == NOWHERE


def test_given_two_cities_when_they_are_far_apart_then_distance_and_estimate_are_about_right() -> None:
    berlin, new_york = (52.52, 13.4), (40.71, -74.0)
    assert distance_km(berlin, new_york) == pytest.approx(6385, rel=0.01)
    assert 80 < estimated_ms(berlin, new_york) < 120  # which is what is measured


@pytest.mark.parametrize("within_ms", [10.0, 50.0, 300.0])
def test_given_a_round_trip_when_its_reach_is_asked_for_then_whoever_is_as_far_away_is_estimated_so(
    within_ms: float,
) -> None:
    degrees = math.degrees(reach_km(within_ms) / EARTH_KM)
    assert estimated_ms((0.0, 0.0), (0.0, degrees)) == pytest.approx(within_ms, rel=1e-6)


def test_given_all_countries_when_their_middles_are_read_then_they_are_on_earth() -> None:
    found = middles()
    assert len(found) > 200
    assert all(len(code) == 2 and -90 <= north <= 90 and -180 <= east <= 180 for code, (north, east) in found.items())
