"""What countries are called in plain English."""

from functools import cache

from countryinfo import all_countries


def country_name(code: str) -> str:
    """The name of a country, or what was given if there is none of this ISO 3166 code."""
    return _names().get(code, code)


@cache
def _names() -> dict[str, str]:
    # Parts of a country may have its code: the largest is the whole.
    countries = sorted(all_countries(), key=lambda country: country.population() or 0)
    return {code: country.name() for country in countries if (code := country.iso(2))}
