"""Values as TOML has them."""

import tomllib

from hypothesis import example, given
from hypothesis import strategies as st

from seattle.identity.toml_values import as_toml

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
ONES = TEXTS | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | st.booleans()


@given(ONES | st.lists(ONES))
@example("\N{PARTY POPPER} \x00\x1f\x7f\x80 \" \\ ' \n\r\t")
def test_given_a_value_when_it_is_written_as_toml_then_it_is_read_back(value: object) -> None:
    assert tomllib.loads(f"value = {as_toml(value)}\n") == {"value": value}
