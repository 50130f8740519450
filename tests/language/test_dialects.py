import pytest

from seattle.repy.language.compiler import compile_program
from seattle.repy.language.dialects import UnknownDialectError, dialect_of


@pytest.mark.parametrize("name", ["prog.py", "prog.repy3", "PROG.PY", "dir/prog.v2.py"])
def test_given_a_suffix_of_repy_3_then_its_compiler_is_chosen(name: str) -> None:
    assert dialect_of(name) is compile_program


@pytest.mark.parametrize("name", ["prog.r2py", "prog.repy"])
def test_given_a_suffix_of_repy_v2_then_the_error_says_what_to_do(name: str) -> None:
    with pytest.raises(UnknownDialectError, match="Repy V2 is not available"):
        dialect_of(name)


@pytest.mark.parametrize("name", ["prog", "", "prog.js", ".py"])
def test_given_another_name_then_the_error_names_it(name: str) -> None:
    with pytest.raises(UnknownDialectError):
        dialect_of(name)
