"""Every assertion, true and false: what it says when it is not."""

import unittest

case = unittest.FunctionTestCase(lambda: None)


def attempt(name, *args, **kwargs):
    try:
        getattr(case, name)(*args, **kwargs)
    except AssertionError as why:
        print(name, "|", why)
    else:
        print(name, "holds")


one = object
for name, good, bad in (
    ("assertTrue", (1,), (0,)),
    ("assertFalse", ([],), ("x",)),
    ("assertEqual", (1, 1.0), (1, 2)),
    ("assertNotEqual", (1, 2), (1, 1)),
    ("assertIs", (one, one), ([], [])),
    ("assertIsNot", ([], []), (None, None)),
    ("assertIsNone", (None,), (0,)),
    ("assertIsNotNone", (0,), (None,)),
    ("assertIn", (1, [1]), (2, [1])),
    ("assertNotIn", (2, [1]), (1, [1])),
    ("assertIsInstance", (1, int), ("x", int)),
    ("assertNotIsInstance", ("x", int), (1, int)),
    ("assertGreater", (2, 1), (1, 1)),
    ("assertGreaterEqual", (1, 1), (0, 1)),
    ("assertLess", (0, 1), (1, 1)),
    ("assertLessEqual", (1, 1), (2, 1)),
    ("assertAlmostEqual", (0.1 + 0.2, 0.3), (0.1, 0.2)),
    ("assertNotAlmostEqual", (0.1, 0.2), (0.1 + 0.2, 0.3)),
    ("assertRegex", ("abc", "b."), ("abc", "z")),
    ("assertNotRegex", ("abc", "z"), ("abc", "b.")),
):
    attempt(name, *good)
    attempt(name, *bad)
attempt("assertEqual", 1, 2, "my own words")
attempt("assertTrue", False, msg="why")
attempt("assertCountEqual", [1, 2, 1], [1, 1, 2])
attempt("assertCountEqual", [[1], [2]], [[2], [1]])
attempt("assertAlmostEqual", 1.0, 1.4, delta=0.5)
attempt("assertAlmostEqual", 1.0, 2.0, delta=0.5)
attempt("assertAlmostEqual", 1.001, 1.002, places=2)
attempt("fail", "on purpose")
attempt("assertRaises", ValueError, int, "x")
attempt("assertRaises", ValueError, int, "5")
attempt("assertRaisesRegex", ValueError, "invalid literal", int, "x")
attempt("assertRaisesRegex", ValueError, "something else", int, "x")
try:
    case.assertRaises(KeyError, int, "x")
except ValueError as why:
    print("passes on", type(why).__name__)
with case.assertRaises((KeyError, IndexError)) as caught:
    [][1]
print(type(caught.exception).__name__)
attempt("assertListEqual", [1], [1])
attempt("assertDictEqual", {1: 2}, {1: 2})
case.longMessage = False
attempt("assertEqual", 1, 2, "only this")
