"""Programs that anyone would write: inside the wall they print what they print under plain Python."""

# ruff: noqa: E501 - a program reads best in one piece

from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., list[str]]  # a program in, what it printed out

PROGRAMS = {
    "closures and lambdas": """
def counter():
    n = 0
    def step(by=1):
        nonlocal n
        n += by
        return n
    return step
step = counter()
print(step(), step(2), (lambda *a, **k: (a, sorted(k.items())))(1, 2, x=3))
total = 0
def add(x):
    global total
    total += x
for i in range(5): add(i)
print(total)
""",
    "classes": """
class Shape:
    kind = "shape"
    def __init__(self, name): self.name = name
    def area(self): return 0
    @property
    def label(self): return f"{self.kind}:{self.name}"
    @label.setter
    def label(self, value): self.name = value
    @classmethod
    def make(cls, name): return cls(name)
    @staticmethod
    def double(x): return 2 * x
    def __repr__(self): return f"{type(self).__name__}({self.name!r})"
    def __eq__(self, other): return self.name == other.name
    def __lt__(self, other): return self.name < other.name
    def __hash__(self): return hash(self.name)
class Colored:
    def __init__(self, *args, color="red", **kw):
        super().__init__(*args, **kw)
        self.color = color
class Square(Colored, Shape):
    __slots__ = ("side",)
    def __init__(self, side):
        super().__init__("square")
        self.side = side
    def area(self): return self.side ** 2
    __str__ = Shape.area
class Old(Shape):
    def __init__(self, name):
        Shape.__init__(self, name)
s = Square(3)
print(s.area(), s.color, s.label, repr(s), Shape.make("x"), Shape.double(4), Old("y"))
s.label = "z"
print(s.label, isinstance(s, Shape), issubclass(Square, Colored), {s: 1}[Square(1)] if s == Square(1) else "no")
print(sorted([Shape("b"), Shape("a")]), s.__doc__, Shape.area.__name__, Shape.__name__)
""",
    "special methods": """
class Vector:
    __match_args__ = ("x", "y")
    def __init__(self, x, y): self.x, self.y = x, y
    def __add__(self, o): return Vector(self.x + o.x, self.y + o.y)
    def __mul__(self, k): return Vector(self.x * k, self.y * k)
    __rmul__ = __mul__
    def __iadd__(self, o): self.x += o.x; return self
    def __neg__(self): return self * -1
    def __bool__(self): return bool(self.x or self.y)
    def __len__(self): return 2
    def __getitem__(self, i): return (self.x, self.y)[i]
    def __setitem__(self, i, v): self.x = v
    def __delitem__(self, i): self.x = 0
    def __contains__(self, v): return v in (self.x, self.y)
    def __iter__(self): yield self.x; yield self.y
    def __call__(self, k): return self.x + k
    def __format__(self, spec): return f"<{spec}>"
    def __repr__(self): return f"V({self.x}, {self.y})"
    def __matmul__(self, o): return self.x * o.x + self.y * o.y
    def __index__(self): return self.x
v = Vector(1, 2)
print(v + v, 3 * v, -v, bool(Vector(0, 0)), len(v), v[1], 2 in v, list(v), v(5), f"{v:spec}", v @ v, [9, 8][v])
v += v; v[0] = 7; print(v); del v[0]; print(v, format(v, "q"), "{:w} {}".format(v, 3), "{0.x} {0.y}".format(v))
match v:
    case Vector(0, y): print("zero", y)
match Vector(3, 4):
    case Vector(x=3, y=b) if b > 3: print(b)
""",
    "iteration": """
def tree(n):
    if n:
        yield from tree(n - 1)
        yield n
def echo():
    got = []
    try:
        while True:
            got.append((yield len(got)))
    except ValueError as e:
        got.append(str(e))
        yield got
    finally:
        print("closed")
g = echo(); next(g); g.send(1); g.send(2); print(g.throw(ValueError("x"))); g.close()
print(list(tree(4)), [x for x in range(10) if x % 2], {x: x * x for x in range(3)}, {x % 2 for x in range(9)})
print(sum(x for x in range(4)), list(zip("ab", [1, 2])), list(map(str, [1])), list(filter(None, [0, 1])))
print(list(enumerate("ab", 1)), list(reversed([1, 2])), max([3, 1], key=lambda v: -v), any([]), all([]))
class Count:
    def __init__(self, n): self.n = n
    def __iter__(self): return self
    def __next__(self):
        if not self.n: raise StopIteration
        self.n -= 1
        return self.n
print(list(Count(3)), next(iter(Count(2))), [*Count(2), *"x"], {**{"a": 1}, "b": 2})
first, *rest = Count(4)
print(first, rest)
for i in range(3):
    if i == 5: break
else: print("no break")
""",
    "errors": """
class Mine(Exception):
    def __init__(self, code):
        Exception.__init__(self, f"code {code}")
        self.code = code
def f(n):
    try:
        if n == 0: raise Mine(3)
        if n == 1: return [][1]
        if n == 2: assert n == 3, "three"
        if n == 3: raise KeyError("k") from ValueError("v")
        return "fine"
    except Mine as e: return f"mine {e.code} {e}"
    except (IndexError, KeyError) as e: return f"{type(e).__name__} {e.args}"
    except AssertionError as e: return str(e)
    else: return "else"
    finally: print("finally", n)
for n in range(5): print(f(n))
try:
    try: 1 / 0
    except ZeroDivisionError as e: raise RuntimeError("again") from e
except RuntimeError as e: print(e)
try: getattr(1, "nothing")
except AttributeError as e: print(e, e.name)
try: raise ExceptionGroup("g", [ValueError(1), TypeError(2)])
except ExceptionGroup as g: print(g.message, [str(e) for e in g.exceptions])
try: undefined
except NameError as e: print(e)
""",
    "with": """
class Managed:
    def __init__(self, name): self.name = name
    def __enter__(self): print("enter", self.name); return self
    def __exit__(self, kind, error, traceback):
        "Leave."
        print("exit", kind.__name__ if kind else None, error)
        return kind is KeyError
with Managed("a") as a, Managed("b"): print(a.name)
with Managed("c"): raise KeyError("gone")
try:
    with Managed("d"): raise ValueError("stays")
except ValueError as e: print("outside", e)
""",
    "match": """
def what(x):
    match x:
        case 0 | 1: return "small"
        case int(n) if n < 0: return f"negative {n}"
        case [a, b, *rest]: return f"list {a} {b} {rest}"
        case {"kind": "point", "x": x, **rest}: return f"point {x} {rest}"
        case str() as s: return f"text {s}"
        case None: return "none"
        case (int() | float()) as number: return f"number {number}"
        case type(): return "a type"
        case _: return "else"
for x in (0, -4, [1, 2, 3], {"kind": "point", "x": 2, "y": 3}, "t", None, 3.5, int, object): print(what(x))
""",
    "formatting": """
w, x = 10, 3.14159
print(f"{x:{w}.2f}|{x!r:>{w}}|{'a' 'b'}|{w=}|{{}}")
template = "{name:>8}|{0:05d}|{1[0]}|{2.real}"
print(template.format(7, ["item"], 3j, name="n"), "%s %d %(x)s" % () if 0 else "%5.1f" % x)
print("{} {}".format(*"ab"), "{a}".format(**{"a": 1}), "{a[b]}".format_map({"a": {"b": 2}}), format(255, "x"))
print(str.format("{0}{0}", "ab"), list(map("<{}>".format, [1, 2])))
try: "{".format(1)
except ValueError as e: print(e)
try: t = "{}{}"; t.format(1)
except IndexError as e: print(e)
try: t = "{a}"; t.format(1)
except KeyError as e: print(e)
class F:
    @staticmethod
    def format(*a, **k): return "own", a, k
    obj = 3
    def register(self, x): return x
print(F.format(1, *"ab", x=2, **{"y": 3}), F().format(4), F().obj, F().register(4), getattr(F(), "format")())
try: (3).format(4)
except AttributeError as e: print(e)
""",
    "annotations and walrus": """
from __future__ import annotations
from typing import Optional, TypeVar, Generic, Callable
T = TypeVar("T")
class Box(Generic[T]):
    value: Optional[T] = None
    def get(self: Box, default: "int | None" = None) -> Nothing: return default
def f(x: list[int], *args: int, y: Callable[[int], str] = str, **kw: dict[str, type]) -> None: return x
n: int = 3
if (m := n + 1) > 3: print(m, Box().get(4), f([1]))
print([y := 1, y ** 2], [last := v for v in range(3)], last)
""",
    "abstract classes and generics": """
from abc import ABC, abstractmethod
from collections.abc import Mapping, Iterable
class Base(ABC):
    @abstractmethod
    def run(self): ...
    @property
    @abstractmethod
    def name(self): ...
class Real(Base):
    name = "real"
    def run(self): return 1
try: Base()
except TypeError as e: print("abstract")
class Fixed(Mapping):
    def __init__(self, d): self.d = d
    def __getitem__(self, k): return self.d[k]
    def __len__(self): return len(self.d)
    def __iter__(self): return iter(self.d)
class Names(list[str]): pass
class Table(dict[str, int]): mapping = 3
f = Fixed({"a": 1})
print(Real().run(), dict(f), f.get("b", 2), isinstance([], Iterable), "a" in f, Names("ab"), Table(a=1).mapping)
""",
    "decorators": """
from functools import wraps, lru_cache, partial, reduce, cached_property, total_ordering
def traced(label):
    def decorate(f):
        @wraps(f)
        def inner(*a, **k):
            print(label, f.__name__, a)
            return f(*a, **k)
        return inner
    return decorate
@traced("call")
@lru_cache(maxsize=None)
def fib(n):
    "Fibonacci."
    return n if n < 2 else fib(n - 1) + fib(n - 2)
print(fib(10), fib.__name__, partial(int, base=2)("101"), reduce(lambda a, b: a * b, [1, 2, 3]))
class A:
    @cached_property
    def slow(self): print("once"); return 1
a = A(); print(a.slow, a.slow)
@total_ordering
class O:
    def __init__(self, v): self.v = v
    def __eq__(self, o): return self.v == o.v
    def __lt__(self, o): return self.v < o.v
print(O(1) >= O(1), O(1) > O(2))
""",
    "standard modules": """
import math, json, re, struct, base64, hashlib, string, itertools as it, collections, heapq, bisect, textwrap
import zlib, binascii, hmac, statistics, operator, copy, html, datetime as dt
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from fractions import Fraction
from decimal import Decimal, localcontext
from datetime import datetime, timedelta, timezone
print(math.isqrt(17), json.loads(json.dumps({"a": [1, None, 2.5]}, sort_keys=True)), json.dumps([1], indent=1))
print(re.sub(r"(\\d+)", lambda m: str(int(m[1]) * 2), "a1b22"), re.compile("x", re.I).findall("xX"), re.split(",", "a,b"))
print(struct.unpack("<Hb", struct.pack("<Hb", 513, -1)), base64.b64encode(b"abc"), hashlib.sha256(b"").hexdigest()[:8])
print(hmac.new(b"k", b"m", "sha256").hexdigest()[:8], zlib.decompress(zlib.compress(b"x" * 9)), binascii.hexlify(b"a"))
print(list(it.islice(it.count(2), 3)), list(it.chain("a", "b")), list(it.groupby("aab"))[0][0], string.ascii_lowercase[:3])
print(Counter("abca").most_common(1), OrderedDict(a=1), deque([1, 2], maxlen=1), Counter("a") + Counter("b"))
P = namedtuple("P", "x y", defaults=[5]); p = P(1); print(p, p.x, p._replace(x=2), P._fields, p == (1, 5))
d = defaultdict(list); d["k"].append(1); print(dict(d), heapq.nsmallest(2, [3, 1, 2]), bisect.bisect([1, 3], 2))
print(textwrap.fill("one two three", 8), statistics.mean([1, 2, 3, 4]), statistics.NormalDist(0, 1).cdf(0))
print(Fraction(1, 3) + 1, Decimal("1.10") * 3, operator.itemgetter(1)([1, 2]), operator.attrgetter("real", "imag")(2j))
print(operator.methodcaller("upper")("a"), copy.deepcopy({"a": [1]}), html.escape("<a>"), html.unescape("&amp;"))
print(datetime(2024, 2, 29) + timedelta(days=1), datetime.strptime("2020-01-02", "%Y-%m-%d").strftime("%d/%m/%y"))
print(dt.date.fromisoformat("2024-01-01").isoformat(), datetime(2024, 1, 1, tzinfo=timezone.utc), f"{dt.date(2024, 1, 2):%Y}")
with localcontext() as context:
    context.prec = 3
    print(Decimal(1) / 3)
import random
r = random.Random(4); print(r.random(), r.sample(range(9), 3)); random.seed(4); print(random.random())
""",
    "data classes and enumerations": """
from dataclasses import dataclass, field, asdict, astuple, replace, fields, is_dataclass, FrozenInstanceError
from enum import Enum, IntEnum, Flag, auto, unique
from contextlib import contextmanager, suppress, closing, nullcontext
@dataclass(order=True)
class Item:
    name: str
    price: float = 1.5
    tags: list = field(default_factory=list, compare=False)
    def __post_init__(self): self.name = self.name.upper()
@dataclass(frozen=True)
class Point:
    x: "int"
    y: int = 0
a, b = Item("a"), Item("b", 2)
print(a, a < b, asdict(a), astuple(b), replace(a, price=3), [f.name for f in fields(Item)], is_dataclass(a))
try: Point(1).x = 2
except FrozenInstanceError as e: print(e)
match Point(1, 2):
    case Point(x, y): print(x, y, hash(Point(1)) == hash(Point(1)))
class Color(Enum):
    RED = 1
    GREEN = auto()
    CRIMSON = 1
    @property
    def pretty(self): return self.name.title()
print(list(Color), Color(1), Color["GREEN"].value, Color.RED.pretty, Color.CRIMSON is Color.RED, Color.RED in Color)
class Level(IntEnum):
    LOW = 1
    HIGH = 2
class Perm(Flag):
    R = auto()
    W = auto()
print(Level.HIGH > Level.LOW, sorted(Level), Perm.R | Perm.W, Perm.R in (Perm.R | Perm.W), bool(Perm.R & Perm.W))
try: Color(9)
except ValueError as e: print(e)
@contextmanager
def tag(name):
    print("open", name)
    try: yield name.upper()
    finally: print("close", name)
print(tag.__name__)
with tag("b") as t, suppress(KeyError): print(t); {}["x"]
""",
    "builtins": """
print(abs(-1), divmod(7, 2), pow(2, 10, 7), round(2.5), bin(5), hex(255), oct(8), chr(97), ord("a"), ascii("é"))
print(int("ff", 16), float("1e3"), complex(1, 2), bool([]), str(b"a", "ascii"), bytes([1]), bytearray(b"x"), list("ab"))
print(tuple("ab"), set("a"), frozenset("a"), dict(a=1), slice(1, 2), sorted([3, 1], reverse=True), sum([1, 2], 3))
print(callable(print), isinstance(True, int), hash(1), len("abc"), min(3, 1), repr("a"), type(3), type("a") is str)
print(type(int) is type, isinstance(int, type), type(3).__name__, issubclass(bool, int), "a".encode().decode(), id(1) == id(1))
print(getattr("a", "upper")(), hasattr([], "append"), hasattr([], "nothing"), hasattr([], "__len__"), getattr(1, "x", 5))
class A: pass
a = A(); setattr(a, "x", 3); print(a.x); delattr(a, "x"); print(hasattr(a, "x"))
b = bytearray(b"abc"); b[0] = 120; print(b, b.hex(), "x".join(["a", "b"]), "a-b".split("-"), " a ".strip(), "ab"[::-1])
print(__name__, NotImplemented, ..., 1_000, 0xFF, 1e-3, "a" "b", r"\\n", b"\\x00", 3 if 1 else 4, not 1, 1 < 2 < 3, 5 // 2)
""",
    "newer modules": """
import ipaddress, queue, pprint, time, io, uuid, secrets, textwrap, string, unicodedata, keyword, numbers, csv, json
from typing import NamedTuple, TypedDict, assert_never
from contextlib import ExitStack, contextmanager, AbstractContextManager
from functools import singledispatch
import enum
print(ipaddress.ip_address("10.1.2.3").is_private, ipaddress.ip_network("10.0.0.0/30").num_addresses, list(ipaddress.ip_network("10.0.0.0/30").hosts()), ipaddress.ip_address("::1").is_loopback, ipaddress.ip_address("fe80::1").is_link_local, ipaddress.ip_address("0.0.0.0").is_unspecified, ipaddress.ip_network("10.0.0.0/255.0.0.0").netmask, ipaddress.ip_network("10.0.0.0/8").hostmask, ipaddress.ip_address("8.8.8.8").is_global, ipaddress.ip_network("fe80::/10").is_reserved)
q = queue.Queue(2); q.put(1); q.put(2); print(q.full(), q.get(), q.qsize())
try: q.put(3); q.put(4, timeout=0.01)
except queue.Full: print("full")
pq = queue.PriorityQueue(); pq.put(3); pq.put(1); print(pq.get())
print(pprint.pformat({"a": list(range(40)), "b": {"c": "x" * 90}}))
print(time.strftime("%Y", time.gmtime(0)), time.struct_time, time.strptime("2020", "%Y").tm_year)
b = io.StringIO(); csv.writer(b).writerow([1, "a,b"]); print(repr(b.getvalue()))
with io.BytesIO(b"ab\\ncd") as f: print(f.readline(), list(f))
print(io.StringIO("x\\ny").readlines(), f.closed)
try: f.read()
except ValueError as e: print(e)
print(uuid.uuid5(uuid.NAMESPACE_DNS, "x"), uuid.uuid4().version, uuid.UUID(int=5))
print(len(secrets.token_hex(4)), secrets.randbelow(1), textwrap.TextWrapper(width=8).wrap("one two\\tthree"))
print(string.Template("$x ${y} $$").substitute(x=1, y=2), string.Template("$z").safe_substitute())
class T(string.Template): delimiter = "%"
print(T("%x").substitute({"x": 3}))
print(unicodedata.name("é"), keyword.iskeyword("if"), isinstance(3, numbers.Integral))
class P(NamedTuple):
    'A point.'
    x: int
    y: int = 2
    def norm(self): return self.x ** 2 + self.y ** 2
    @property
    def d(self): return self.x - self.y
    def __str__(self): return f"<{self.x}>"
p = P(1); print(p, repr(p), p.norm(), p.d, P._fields, P(3, 4), p == (1, 2), p._replace(y=5), P.__doc__)
match p:
    case P(a, b): print(a, b)
class D(TypedDict):
    x: int
print(D(x=1))
class A:
    def __init__(self, n, eat=False): self.n, self.eat = n, eat
    def __enter__(self): print("in", self.n); return self.n
    def __exit__(self, k, e, t): print("out", self.n, repr(e)); return self.eat
with ExitStack() as s:
    print(s.enter_context(A(1))); s.callback(print, "cb"); s.push(lambda *a: print("pushed", a[2])); s.enter_context(A(2, True))
    raise ValueError("x")
try:
    with ExitStack() as s:
        s.enter_context(A(3)); raise KeyError("k")
except KeyError as e: print("got", e)
@singledispatch
def show(x): return "any"
@show.register
def _(x: int): return "int"
@show.register(list)
def _(x): return "list"
@show.register(numbers.Real)
def _(x): return "real"
print(show("a"), show(True), show([]), show(1.5), show.dispatch(dict)(1))
class C(enum.Enum):
    A = 1
    B = 2
    f = enum.nonmember(3)
    def _generate_next_value_(name, start, count, last): return name
print(list(C), C.f, C["A"], C._member_names_)
class W(enum.Flag):
    R = enum.auto(); X = enum.auto()
print(W.R | W.X, W(3), list(W(3)), ~W.R)
@enum.verify(enum.UNIQUE)
class V(enum.IntEnum):
    A = 1
print(V.A + 1, V(1))
""",
    "names that only look dangerous": """
class Node:
    def __init__(self, f_score, co_author):
        self.f_score, self.co_author, self.format, self.mapping, self._private = f_score, co_author, "png", {}, 1
        self.frame = self.code = self.globals = self.builtins = None
n = Node(1, "a")
f_back = gi = tb = 1
print(n.f_score, n.co_author, n.format, n._private, f_back, gi, tb, "__class__", {"__class__": 1})
def help(): return "own"
input = 3
def local(dir, vars=1): return dir + vars
print(help(), input, local(1))
""",
}


def _under_plain_python(source: str) -> list[str]:
    printed: list[str] = []

    def show(*values: Any) -> None:
        printed.append(" ".join(map(str, values)))

    exec(compile(source, "program.py", "exec", dont_inherit=True), {"__name__": "__main__", "print": show})
    return printed


@pytest.mark.parametrize("source", PROGRAMS.values(), ids=PROGRAMS)
def test_given_an_ordinary_program_then_it_prints_what_it_prints_under_plain_python(run: Run, source: str) -> None:
    assert run(source) == _under_plain_python(source)
