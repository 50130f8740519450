"""Attacks through Python's own types, which no program has to import, with only the language wall around them."""

from collections.abc import Callable

import pytest

THROUGH_TYPES = {
    "object whose iterator lets go of it twice": """
class S:
    is_first = True
    def __getitem__(self, number):
        if self.is_first:
            self.is_first = False
            next(items, None)
        raise IndexError
mine = S()
items = iter(mine)
next(items, None)
del items
others = [S(), S(), S()]
if any(mine is other for other in others): win(mine)""",
    "last value of a function that is let go while it is compared": """
class Last:
    is_first = True
    def __eq__(self, other):
        if not Last.is_first: return True
        Last.is_first = False
        next(values, None)
        keep.append([bytearray(48 + n) for n in range(200)])
        return NotImplemented
class V:
    def __eq__(self, other):
        if type(other) is not Last: win(other)
        return NotImplemented
keep = []
values = iter(V, Last())
next(values, None)""",
    "digits of what takes the place of bytes": """
b = bytearray(b'A' * 500)
keep = []
class S(str):
    def __len__(self):
        b.clear()
        keep.extend(bytearray(b'other' * 100) for _ in range(50))
        return 1
digits = b.hex(S(':'))
if '41' not in digits: win(digits)""",
    "place in what takes the place of bytes": """
b = bytearray(b'A' * 500)
keep = []
class N:
    def __index__(self):
        b.clear()
        keep.extend(bytearray(b'other' * 100) for _ in range(50))
        return 0
if b.find(b'o', N()) >= 0 or b.count(b'o', N()) or b.startswith(b'o', N()): win(keep)""",
    "byte of somebody else's in bytes that take a count at its word": """
class I:
    def __init__(self): self.left = 3
    def __iter__(self): return self
    def __length_hint__(self): return 0
    def __next__(self):
        if not self.left: raise StopIteration
        self.left -= 1
        return 65
for _ in range(100):
    keep = [bytearray(b'other' * n) for n in range(1, 9)]
    del keep
    b = bytearray()
    b.extend(I())
    if b != b'AAA': win(b)""",
    "getattr as a special method": "class A: __getitem__ = getattr\nwin(A()['__class__'])",
    "getattr as an operator": "class A: __add__ = getattr\nwin(A() + '__class__')",
    "setattr as a special method": "class A: __setitem__ = setattr\nA()['__class__'] = int\nwin(1)",
    "getattr as a key": "win(sorted(['__class__'], key=lambda n: getattr(1, n)))",
    "template through a missing key": """
class M(dict):
    def __missing__(self, key): return 1
t = '{a.__class__}'
win(t.format_map(M()))""",
    "template that a format method makes": """
class A:
    def __format__(self, spec): return spec
t = f"{A():{chr(123)}0.__class__{chr(125)}}"
win(t.format(1))""",
    "template from bytes": "win(b'{0.__class__}'.decode().format(1))",
    "template that is joined": "win(''.join(['{0.', '__class__', '}']).format(1))",
    "template with look-alike letters": "t = '{0.__\uff43lass__}'\nwin(t.format(1))",
    "template that reaches a frame": "t = '{0.gi_frame}'\nwin(t.format(x for x in ()))",
    "template that reaches globals": "t = '{0.__globals__}'\nwin(t.format(lambda: 0))",
    "template behind a fill character": "t = '{0:{0.__class__}^9}'\nwin(t.format('x'))",
    "super under another name": """
s = super
class A:
    def f(self): return s(A, self)
win(getattr(A().f(), '__class__'))""",
    "super subclassed": "class S(super): pass\nwin(getattr(S(bool, True), '__self_class__'))",
    "property around getattr": "class A: x = property(getattr)\nwin(A().x)",
    "text encoded by the name of a module": "win('x'.encode('os'))",
    "text encoded by a path": "win('x'.encode('../../x'))",
    "end of a generator": """
def g(): return (yield)
it = g()
next(it)
try: it.send(1)
except StopIteration as e: win(getattr(e, '__traceback__'))""",
    "exception thrown into a generator": """
def g():
    try: yield
    except ValueError as e: win(getattr(e, '__traceback__'))
it = g()
next(it)
it.throw(ValueError())""",
    "parts of an exception group": """
g = ExceptionGroup('g', [ValueError()])
win(getattr(g.split(ValueError)[0].exceptions[0], '__traceback__'))""",
    "notes of an exception": "e = ValueError()\ne.add_note('x')\nwin(getattr(e, '__notes__'))",
    "context of an exception": """
try:
    try: 1 / 0
    except ZeroDivisionError: [][1]
except IndexError as e: win(getattr(e, '__context__'))""",
    "function of a bound method": "class A:\n    def f(self): pass\nwin(getattr(A().f, '__func__'))",
    "function that was wrapped": "import functools\n@functools.cache\ndef f(): pass\nwin(getattr(f, '__wrapped__'))",
    "origin of a generic alias": "win(getattr(list[int], '__origin__'))",
    "keyword by a dict": "class A: pass\nwin(A(**{'__class__': int}))",
    "dict of an instance replaced": "class A: pass\nsetattr(A(), '__dict__', {})\nwin(1)",
    "class of an instance replaced": "class A: pass\nsetattr(A(), '__class__', int)\nwin(1)",
    "bases of a class replaced": "class A: pass\nsetattr(A, '__bases__', (int,))\nwin(1)",
    "dict of a class": "class A: pass\nwin(getattr(A, '__dict__'))",
    "state of an iterator": "win(getattr(iter(lambda: 1, 2), '__reduce__')())",
    "bytes that shrink while they are written": """
b = bytearray(64)
class E:
    def __index__(self):
        del b[:]
        return 1
b[60] = E()
win(b)""",
    "list that changes while it is sorted": """
x = [3, 2, 1]
class K:
    def __init__(self, value): pass
    def __lt__(self, other):
        x.append(1)
        return True
x.sort(key=K)
win(x)""",
    "dict that changes while it is read": "d = {1: 1}\nfor k in d: d[k + 1] = 1\nwin(d)",
    "number of too many digits": "win(int('9' * 5000))",
    "text of a number of too many digits": "win(str(10 ** 5000))",
    "pages about the interpreter": "win(license)",
    "file object of print": "win(print.file)",
}


@pytest.mark.parametrize("source", THROUGH_TYPES.values(), ids=THROUGH_TYPES)
def test_given_an_attack_through_pythons_own_types_when_it_runs_then_it_wins_nothing(
    win_nothing: Callable[[str], None], source: str
) -> None:
    win_nothing(source)
