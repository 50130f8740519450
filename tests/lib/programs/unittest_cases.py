"""Test cases: what passes, fails, errs, is skipped, and in which order things are called."""

import io
import re
import unittest

calls = []


class Case(unittest.TestCase):
    def setUp(self):
        calls.append("setUp")
        self.addCleanup(calls.append, "cleanup")

    def tearDown(self):
        calls.append("tearDown")

    def test_good(self):
        calls.append("good")
        self.assertEqual(1 + 1, 2)

    def test_bad(self):
        """Fails."""
        self.assertEqual(1, 2, "as it should")

    def test_broken(self):
        {}["key"]

    def test_leaves(self):
        self.skipTest("not today")

    @unittest.skip("never")
    def test_never(self):
        calls.append("never")

    @unittest.skipIf(False, "not skipped")
    def test_made(self):
        pass

    @unittest.expectedFailure
    def test_to_fail(self):
        self.fail("expected")

    @unittest.expectedFailure
    def test_not_to_pass(self):
        pass

    def test_parts(self):
        for number in range(4):
            with self.subTest(number=number):
                self.assertLess(number, 2)
        with self.subTest("raises"), self.assertRaises(ZeroDivisionError) as caught:
            1 / 0
        calls.append(str(caught.exception))


NAMES = "good bad broken leaves never made to_fail not_to_pass parts".split()
suite = unittest.TestSuite(Case(f"test_{name}") for name in NAMES)
print(suite.countTestCases(), Case("test_bad").id().rpartition("__main__.")[2], Case("test_bad").shortDescription())
result = suite.run(unittest.TestResult())
print(len(result.failures), len(result.errors), len(result.skipped), result.wasSuccessful())
print([reason for _, reason in result.skipped], len(result.expectedFailures), len(result.unexpectedSuccesses))
print(calls)
for _, text in result.failures + result.errors:
    print(text.rstrip().splitlines()[-1])

for verbosity in (0, 1):
    stream = io.StringIO()
    unittest.TextTestRunner(stream=stream, verbosity=verbosity).run(unittest.TestSuite([Case("test_good")]))
    print(re.sub(r"[0-9.]+s", "TIMEs", stream.getvalue()).strip())
stream = io.StringIO()
unittest.TextTestRunner(stream=stream, failfast=True).run(unittest.TestSuite([Case("test_bad"), Case("test_good")]))
print([line for line in stream.getvalue().splitlines() if line.startswith(("F", "Assertion"))][0], end="\n")
print(stream.getvalue().splitlines()[-1])
try:
    Case("test_missing")
except ValueError as why:
    print("no such test method" in str(why))
print(unittest.FunctionTestCase(lambda: None).run(unittest.TestResult()) is not None)
