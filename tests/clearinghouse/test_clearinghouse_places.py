"""Where addresses are, with what the operator's files add; and the settings of places and units."""

from pathlib import Path

import msgspec
import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet
from pytest_django import Settings

from seattle.clearinghouse.config import BadSiteSettings, load_site_settings
from seattle.clearinghouse.fleet import places, units
from seattle.geography.locations import NOWHERE

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


@pytest.mark.parametrize(
    "address",
    ["10.1.2.3", "127.0.0.1", "169.254.1.1", "100.64.0.1", "fe80::1%eth0", "fd00::1", "::1", "", "x", "1.2.3"],
)
def test_given_an_address_that_is_nowhere_when_its_place_is_asked_for_then_nothing_is_made_up(address: str) -> None:
    assert places.place_of(address) == NOWHERE


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
