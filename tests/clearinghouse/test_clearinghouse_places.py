"""Where addresses are, and how far apart."""

from pathlib import Path

import msgspec
import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet
from pytest_django import Settings

from seattle.clearinghouse.config import BadSiteSettings, load_site_settings
from seattle.clearinghouse.fleet import places, units

CITY = {
    "city": {"names": {"en": "Darmstadt"}},
    "country": {"iso_code": "DE", "names": {"en": "Germany"}},
    "location": {"latitude": 49.87, "longitude": 8.65},
}
AS = {"autonomous_system_number": 680, "autonomous_system_organization": "DFN"}


def write_database(path: Path, kind: str, network: str, record: dict[str, object]) -> Path:
    """A file in MaxMind's format that knows one network."""
    writer = MMDBWriter(ip_version=6, ipv4_compatible=True, database_type=kind, languages=["en"])
    writer.insert_network(IPSet([network]), record)
    writer.to_db_file(str(path))
    return path


@pytest.mark.parametrize("address", ["130.83.47.181", "::ffff:130.83.47.181"])
def test_given_a_public_address_when_its_place_is_asked_for_then_country_network_and_coordinates_are_told(
    address: str,
) -> None:
    place = places.place_of(address)
    assert (place.country, place.country_name) == ("DE", "Germany")
    assert place.as_name
    assert places.distance_km(place.point or (0, 0), (51.0, 9.0)) < 500


def test_given_an_ipv6_address_when_its_place_is_asked_for_then_it_is_told() -> None:
    assert places.place_of("2001:4860:4860::8888").country == "US"


@pytest.mark.parametrize(
    "address",
    ["10.1.2.3", "127.0.0.1", "169.254.1.1", "100.64.0.1", "fe80::1%eth0", "fd00::1", "::1", "", "x", "1.2.3"],
)
def test_given_an_address_that_is_nowhere_when_its_place_is_asked_for_then_nothing_is_made_up(address: str) -> None:
    assert places.place_of(address) == places.NOWHERE


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:DB8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("nowhere", ""),
    ],
)
def test_given_an_address_when_its_network_is_asked_for_then_it_is_the_24_or_the_64(address: str, network: str) -> None:
    assert places.network_of(address) == network


def test_given_two_forms_of_one_address_when_they_are_kept_then_they_are_the_same() -> None:
    assert places.plain_address("::FFFF:203.0.113.7") == places.plain_address(" 203.0.113.7 ") == "203.0.113.7"


def test_given_two_cities_when_they_are_far_apart_then_distance_and_estimate_are_about_right() -> None:
    berlin, new_york = (52.52, 13.4), (40.71, -74.0)
    assert places.distance_km(berlin, new_york) == pytest.approx(6385, rel=0.01)
    assert 80 < places.estimated_ms(berlin, new_york) < 120  # which is what is measured


@pytest.mark.parametrize("within_ms", [10.0, 50.0, 300.0])
def test_given_a_round_trip_when_its_reach_is_asked_for_then_whoever_is_as_far_away_is_estimated_so(
    within_ms: float,
) -> None:
    degrees = places.reach_km(within_ms) / places.EARTH_KM * 57.29577951
    if degrees <= 180:
        assert places.estimated_ms((0.0, 0.0), (0.0, degrees)) == pytest.approx(within_ms, rel=1e-6)


def test_given_all_countries_when_their_middles_are_read_then_they_are_on_earth() -> None:
    middles = places.middles()
    assert len(middles) > 200
    assert all(len(code) == 2 and -90 <= north <= 90 and -180 <= east <= 180 for code, (north, east) in middles.items())


def test_given_files_of_cities_and_as_numbers_when_a_place_is_asked_for_then_it_is_as_they_say(
    tmp_path: Path, settings: Settings
) -> None:
    settings.SITE = msgspec.structs.replace(
        settings.SITE,
        city_file=write_database(tmp_path / "city.mmdb", "GeoLite2-City", "130.83.0.0/16", CITY),
        asn_file=write_database(tmp_path / "asn.mmdb", "GeoLite2-ASN", "130.83.0.0/16", AS),
    )
    known, unknown = places.place_of("130.83.47.181"), places.place_of("8.8.8.8")
    assert (known.city, known.asn, known.point) == ("Darmstadt", 680, (49.87, 8.65))
    assert (unknown.city, unknown.asn, unknown.country) == ("", None, "US")


@pytest.mark.parametrize("variable", ["SEATTLE_SITE_CITY_FILE", "SEATTLE_SITE_ASN_FILE"])
def test_given_a_file_that_is_not_there_when_settings_are_read_then_it_is_named(variable: str) -> None:
    with pytest.raises(BadSiteSettings, match="there is no such file"):
        load_site_settings({variable: "/nowhere.mmdb"})


@pytest.mark.parametrize("unit", ['{"cpus": 1}', '{"cpu": 0}', '{"cpu": -1}', '{"messport": 1}', '{"cpu": 1e999}'])
def test_given_a_unit_that_no_node_could_make_when_settings_are_read_then_it_is_refused(unit: str) -> None:
    with pytest.raises(BadSiteSettings, match="UNIT"):
        load_site_settings({"SEATTLE_SITE_UNIT": unit})


def test_given_another_amount_when_a_unit_is_asked_for_then_the_rest_is_as_ever(settings: Settings) -> None:
    settings.SITE = load_site_settings({"SEATTLE_SITE_UNIT": '{"memory": 128000000}'})
    made = units.unit_with([63100])
    assert (made["memory"], made["cpu"], made["messport"], made["connport"]) == (128_000_000, 0.02, [63100], [63100])
