"""What hypothesis needs to make resource vectors: tests ask for `st.from_type(ResourceVector)`."""

from hypothesis import strategies as st

from seattle.resources.kinds import NUMBERS
from seattle.resources.vector import ResourceVector

# Small numbers meet each other's edges, large ones (up to the most that two can be added) meet rounding.
STEPS = st.one_of(st.just(0), st.integers(0, 100), st.integers(0, 5 * 10**14))
PORT_SETS = st.frozensets(st.integers(1, 20) | st.integers(1, 65535), max_size=8)

st.register_type_strategy(
    ResourceVector,
    st.builds(ResourceVector, st.tuples(*[STEPS] * len(NUMBERS)), PORT_SETS, PORT_SETS),
)
