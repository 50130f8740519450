import inspect
import re

from seattle.identity import errors


def family() -> list[type[errors.IdentityError]]:
    classes = [member for _, member in inspect.getmembers(errors, inspect.isclass)]
    return [member for member in classes if issubclass(member, errors.IdentityError)]


def test_the_codes_are_stable_and_each_error_has_its_own() -> None:
    codes = {error.__name__: error.code for error in family()}
    assert len(set(codes.values())) == len(codes)
    assert codes["Replayed"] == "replayed"
    assert codes["Misdelivered"] == "misdelivered"
    assert codes["Expired"] == "expired"
    assert codes["FromTheFuture"] == "from-the-future"
    assert codes["Tampered"] == "tampered"
    assert codes["ClockSkew"] == "clock-skew"


def test_the_tree_that_the_module_draws_is_the_tree_that_it_has() -> None:
    drawn: dict[str, str] = {}
    path: dict[int, str] = {}
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"([│├└─ ]*)(\w+)( {2,}|$)", line)
        if found and found[2] in dir(errors):
            depth = len(found[1]) // 4
            path[depth] = found[2]
            drawn[found[2]] = path.get(depth - 1, "Exception")
    assert drawn == {error.__name__: error.__bases__[0].__name__ for error in family()}
