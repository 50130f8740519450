"""Attacks through what programs may import, with only the language wall around them."""

import io
import sys
from collections.abc import Callable
from typing import Any

import pytest

from seattle.repy.guest import library
from seattle.repy.language.modules import NAMES

# What iterates over a map asks it for more while the map asks for its own next.
ASKS_AGAIN = """
from itertools import chain, cycle, islice, pairwise, zip_longest
class It:
    is_first = True
    def __iter__(self): return self
    def __next__(self):
        if not It.is_first: raise StopIteration
        It.is_first = False
        next(outer, None)
        keep.append([bytearray(20 + n) for n in range(100)])
        return 1
def pair(a, b): return a, b
keep = []
outer = {}
next(outer, None)
win(1)"""

THROUGH_MODULES = {
    "iterators chained that let go of one that is at work": ASKS_AGAIN.format("chain(map(pair, It(), 'ab'))"),
    "slice that lets go of an iterator that is at work": ASKS_AGAIN.format("islice(map(pair, It(), 'ab'), 5)"),
    "circle that lets go of an iterator that is at work": ASKS_AGAIN.format("cycle(map(pair, It(), 'ab'))"),
    "pairs that let go of an iterator that is at work": ASKS_AGAIN.format("pairwise(map(pair, It(), 'ab'))"),
    "longest row that lets go of an iterator that is at work": ASKS_AGAIN.format("zip_longest(map(pair, It(), 'ab'))"),
    "batches that let go of an iterator that is at work": """
import itertools
if not hasattr(itertools, 'batched'): raise ValueError
"""
    + ASKS_AGAIN.replace("import chain", "import batched, chain").format("batched(map(pair, It(), 'ab'), 2)"),
    "key of a group that is let go while it is compared": """
from itertools import groupby
class K:
    is_first = True
    def __eq__(self, other):
        if not K.is_first: return NotImplemented
        K.is_first = False
        for _ in range(3): next(groups, None)
        keep.append([bytearray(48 + n) for n in range(200)])
        return NotImplemented
keep = []
groups = groupby(K() for _ in range(100))
next(groups)
next(groups)
win(1)""",
    "number that two are told": """
from itertools import count
class K:
    is_first = True
    def __index__(self): return 0
    def __add__(self, other):
        if K.is_first:
            K.is_first = False
            next(numbers)
        return K()
numbers = count(K())
mine = next(numbers)
others = [K(), K(), K()]
if any(mine is other for other in others): win(mine)""",
    "sum that is let go while it is added to": """
from itertools import accumulate
class K:
    def __add__(self, other):
        next(sums)
        keep.append([bytearray(48 + n) for n in range(200)])
        return NotImplemented
keep = []
sums = accumulate([K(), K(), K()])
next(sums)
next(sums)
win(1)""",
    "key that is let go while it is compared": """
from functools import cmp_to_key
from operator import sub
class A:
    def __sub__(self, other):
        left.obj = None
        keep.extend(B() for _ in range(50))
        return NotImplemented
class B:
    def __rsub__(self, other):
        if type(other) is not A: win(other)
        return 1
keep = []
key = cmp_to_key(sub)
left = key(A())
left < key(B())""",
    "name of a day before the first year": """
from datetime import date
win(date(bytes([0, 0, 1, 0])).ctime())""",
    "name of a day before the first year, with a year of its own": """
from datetime import datetime
class D(datetime): year = 1
win(D(bytes([0, 0, 1, 0, 0, 0, 0, 0, 0, 0])).ctime())""",
    "dictionary of what a thread has for itself": """
from _threading_local import local
own = local()
own.x = 1
win(getattr(own, '__di' + 'ct__'))""",
    "class of what a thread has for itself, changed for all": """
from _threading_local import local
local.x = 1
win(local)""",
    "lock of a queue, changed for all": """
from queue import Queue
type(Queue().not_empty).wait = win""",
    "traceback in a function on an exit stack": """
from contextlib import ExitStack
def f(kind, error, tb):
    if tb is not None: win(tb)
with ExitStack() as s:
    s.push(f)
    1 / 0""",
    "traceback in an exit that is on an exit stack": """
from contextlib import ExitStack
class A:
    def __enter__(self): pass
    def __exit__(self, *a):
        if a[2] is not None: win(a)
with ExitStack() as s:
    s.enter_context(A())
    1 / 0""",
    "list of an exit stack": "from contextlib import ExitStack\nwin(getattr(ExitStack(), '_ExitStack' + '__leave'))",
    "byte of somebody else's by the text of an error": """
text = str(UnicodeDecodeError('ascii', b'', -1000, -999, ''))
if ' byte ' in text: win(text)""",
    "byte of somebody else's by an error that changes while it is told": """
class Reason:
    def __str__(self):
        error.start, error.end = -1000, -999
        return ''
error = UnicodeDecodeError('ascii', b'x', 0, 1, '')
error.reason = Reason()
text = str(error)
if '-1000' in text: win(text)""",
    "something else in an error of an encoding": """
error = UnicodeDecodeError('ascii', b'x', 0, 1, '')
error.object = 2 ** 300
text = str(error)
if ' byte ' in text: win(text)""",
    "reader of rows that reads its own": """
import csv
class Lines:
    def __iter__(self): return self
    def __next__(self):
        next(rows)
        return 'a,"b'
rows = csv.reader(Lines())
win(next(rows))""",
    "module copied past its refusal": """
import json
from copy import copy
win(copy(super(type(json), json)))""",
    "module copied deeply past its refusal": """
import json
from copy import deepcopy
win(deepcopy(super(type(json), json)))""",
    "function of the library copied past its refusal": """
import json
from copy import copy
win(copy(super(type(json.dumps), json.dumps)))""",
    "method of the library copied past its refusal": """
from collections import Counter
from copy import copy
method = Counter.update
win(copy(super(type(method), method)))""",
    "globals behind a context copied past its refusal": """
from copy import copy
win(copy(super(SafeDict, SafeDict({'x': 1}))))""",
    "label copied past its refusal": """
from copy import copy
from typing import Any
win(copy(super(type(Any), Any)))""",
    "well-known network copied past its refusal": """
from copy import copy
from ipaddress import IPv4Address
network = IPv4Address._constants._loopback_network
win(copy(super(type(network), network)))""",
    "helper in the text of a record by look-alike letters": """
from collections import namedtuple
win(namedtuple('A', ['\\uff3ftuple_new']))""",
    "special name in a record by look-alike letters": """
from collections import namedtuple
win(namedtuple('A', ['\uff3f\uff3fclass\uff3f\uff3f']))""",
    "attribute of text by the name of a member": """
from enum import Enum
class E(str, Enum): format = '{0.__class__}'
win(getattr(E.format, 'format')(1))""",
    # Python 3.13 makes a method of whatever it is given, one that can't be called: that is no loot.
    "property that is computed once on a class": """
from ipaddress import IPv6Network
class A: x = classmethod(IPv6Network.hostmask)
if callable(A.x): win(A.x())
else: win(A.x)""",
    "slot of the library as a class method": """
from functools import singledispatch
class A: x = classmethod(singledispatch.dispatch)
win(A.x(int))""",
    "instance of a module by the kind of a flag": """
from enum import Flag
import json
class F(Flag): A = 1
F._member_type_ = type(json)
F._value2member_map_.clear()
win(F(1))""",
    "text in an annotation for singledispatch": """
from functools import singledispatch
f = singledispatch(len)
@f.register
def g(x: 'win(1)'): pass""",
    "table of singledispatch": "from functools import singledispatch\nwin(singledispatch(len).registry)",
    "function of the library registered for its annotations": """
from functools import singledispatch
import json
singledispatch(len).register(json.dumps)
win(1)""",
    "function that remembers given an attribute": "import urllib.parse as p\np.urlsplit.x = 1\nwin(1)",
    "function that remembers made to forget": "import urllib.parse as p\np.urlsplit.cache_clear()\nwin(1)",
    "cache of netmasks": "from ipaddress import IPv4Address as A\nA._netmask_cache[8] = win\nwin(1)",
    "cache of netmasks, of a network": """
from ipaddress import ip_network
ip_network('10.0.0.0/8')._netmask_cache[8] = win
win(1)""",
    "well-known network changed": """
from ipaddress import IPv4Address as A
A._constants._loopback_network.network_address = 1
win(1)""",
    "well-known networks replaced": "import ipaddress as i\ni.IPv4Address._constants._private_networks = ()\nwin(1)",
    "well-known network given an attribute": """
from ipaddress import IPv4Address as A
A._constants._private_networks[0].x = 1
win(1)""",
    "function of a cached property replaced": "from ipaddress import IPv6Network as N\nN.hostmask.func = win\nwin(1)",
    "function of a cached property": "from ipaddress import IPv6Network as N\nwin(N.hostmask.func)",
    "cached property in another class": """
from ipaddress import IPv6Network as N
class A: hostmask = N.hostmask
win(A().hostmask)""",
    "hardware address": "import uuid\nwin(uuid.getnode())",
    "hardware address in an identifier": "import uuid\nwin(uuid.uuid1())",
    "enumeration of the library behind an identifier": "import uuid\nuuid.uuid4().is_safe.x = 1\nwin(1)",
    "identifier changed": "import uuid\nuuid.NAMESPACE_DNS.int = 1\nwin(1)",
    "view of a buffer": "import io\nwin(io.BytesIO(b'x').getbuffer())",
    "view of a buffer through super": "import io\nwin(super(io.BytesIO, io.BytesIO(b'x')).getbuffer())",
    "real file behind one in memory": "import io\nwin(getattr(io.BytesIO(b'x'), '_InMemory' + '__file'))",
    "state of a file in memory": "import io\nwin(getattr(io.StringIO(), '__setstate__'))",
    "files of the computer": "import io\nwin(io.open('/etc/passwd'))",
    "raw files": "import io\nwin(io.FileIO(0))",
    "wrapper of another file": "import io\nwin(io.TextIOWrapper)",
    "poisoned file in memory": "import io\nio.StringIO.read = win\nwin(1)",
    "method of a file in memory in another class": "import io\nclass A: read = io.StringIO.read\nwin(A().read())",
    "poisoned condition of a queue": "import queue\ntype(queue.Queue().not_empty).wait = win\nwin(1)",
    "poisoned queue": "import queue\nqueue.Queue.get = win\nwin(1)",
    "lock of a queue made anew": "import queue\ntype(queue.Queue().mutex).x = 1\nwin(1)",
    "method of a queue in another class": "import queue\nclass A: get = queue.Queue.get\nwin(A().get())",
    "modules behind a queue": "import queue\nwin(queue.threading)",
    "streams behind pprint": "import pprint\nwin(pprint._sys.stdout)",
    "table of pprint": "import pprint\nwin(pprint.PrettyPrinter._dispatch)",
    "zone of the computer changed": "import time\nwin(time.tzset())",
    "poisoned clock": "import time\ntime.time = win\nwin(1)",
    "poisoned structure of time": "import time\ntime.struct_time.x = 1\nwin(1)",
    "attribute in a string template": "from string import Template\nwin(Template('${x.__class__}').substitute(x=1))",
    "flag of a string template": "from string import Template\nTemplate.flags.x = 1\nwin(1)",
    "poisoned string template": "from string import Template\nTemplate.delimiter = '%'\nwin(1)",
    "poisoned white space": "from textwrap import TextWrapper\nTextWrapper.unicode_whitespace_trans[9] = 1\nwin(1)",
    "white space behind its table": """
from textwrap import TextWrapper
class E:
    def __eq__(self, other):
        if type(other) is dict: win(other)
TextWrapper.unicode_whitespace_trans == E()""",
    "member in an enumeration for all": "from enum import Enum\nEnum._member_map_['X'] = 1\nwin(1)",
    "member in an enumeration for all, through super": """
from enum import Enum
class E(Enum): A = 1
super(Enum, E)._member_map_['X'] = 1
win(1)""",
    "value in an enumeration for all": "from enum import IntFlag\nIntFlag._value2member_map_[1] = 1\nwin(1)",
    "name in an enumeration for all": "from enum import StrEnum\nStrEnum._member_names_.append('X')\nwin(1)",
    "function of an enumeration given an attribute": "from enum import Enum\nEnum._generate_next_value_.x = 1\nwin(1)",
    "value of auto given an attribute": "from enum import auto\nauto().value.x = 1\nwin(1)",
    "function of a decoder given an attribute": "import json\njson.JSONDecoder().parse_object.x = 1\nwin(1)",
    "other function of a decoder given an attribute": "import json\njson.JSONDecoder().parse_array.x = 1\nwin(1)",
    "encoder that everybody uses": "import json\njson._default_encoder.default = win\nwin(1)",
    "mark of data classes given an attribute": "from dataclasses import MISSING\nMISSING.x = 1\nwin(1)",
    "record with a special field": "from typing import NamedTuple\nwin(NamedTuple('P', [('__class__', int)]))",
    "record with a two-faced field": """
from typing import NamedTuple
class S(str): pass
win(NamedTuple('P', [(S('x'), int)]))""",
    "another maker of records": "from typing import NamedTuple\nwin(type(NamedTuple)())",
    "metaclass of records": """
from typing import NamedTuple
class P(NamedTuple): x: int
class M(type(P)): pass
win(M)""",
    "forward reference": "from typing import ForwardRef\nwin(ForwardRef('1')._evaluate({}, {}, frozenset()))",
    "generator that everybody uses": "import secrets\nwin(secrets._sysrand)",
    "keywords of a partial": """
from functools import partial
p = partial(int, base=2)
p.keywords['__class__'] = 1
win(p('1'))""",
    "getattr by reduce": "from functools import reduce\nwin(reduce(getattr, ['__class__', '__mro__'], 1))",
    "getattr by an operator": "import operator\nwin(operator.call(getattr, 1, '__class__'))",
    "getattr by starmap": "import itertools\nwin(list(itertools.starmap(getattr, [(1, '__class__')])))",
    "getattr by a default factory": """
from collections import defaultdict
from functools import partial
win(defaultdict(partial(getattr, 1, '__class__'))[0])""",
    "copy hook on an instance": """
import copy
class A: pass
a = A()
setattr(a, '__reduce_ex__', win)
copy.copy(a)""",
    "name of a codec that does harm": "import codecs\nwin(codecs)",
    "attribute that an enum.property names": """
import enum
p = enum.property()
class A: x = p
p.name, p._attr_type, p._cls_type = '__subclasses__', 'attr', object
win(A().x)""",
    "attribute that a class of enum.property names": """
import enum
class P(enum.property): name, _attr_type, _cls_type = '__subclasses__', 'attr', object
class A: pass
A.x = P()
win(A().x)""",
    "constructor of an enumeration's kind": """
from enum import Enum
win(getattr(Enum, '_find_' + 'new_')({}, list, Enum))""",
    "function behind the text of a member": """
from dataclasses import dataclass
from enum import Enum
@dataclass
class P: x: int = 0
class E(P, Enum): A = (1,)
win(getattr(E, '_value_' + 'repr_'))""",
    "member of the library's enumeration": "import enum\nwin(enum.verify(enum.UNIQUE).checks[0])",
    "boundary of a flag": "from enum import Flag\nclass F(Flag): A = 1\nwin(getattr(F, '_bound' + 'ary_'))",
    "frozen data class initialises a module": """
from dataclasses import dataclass
import json
@dataclass(frozen=True)
class A: dumps: object
A.__init__(json, win)
win(json.dumps(1))""",
    "frozen data class renames a field": """
from dataclasses import dataclass, field
f = field(default=1)
@dataclass
class A: x: int = f
@dataclass(frozen=True)
class B(A): name: object = 1
B.__init__(f, 1, 'x=win(1)')
@dataclass
class C(A): pass
win(f.name)""",
    "kind of a field renamed": """
from dataclasses import dataclass, field
f = field(default=1)
@dataclass
class A: x: int = f
f._field_type.name = 'x'
win(1)""",
    "option of a data class that lies about its name": """
from dataclasses import dataclass
class K(str):
    asked = 0
    def __hash__(self): return hash('slots')
    def __eq__(self, other):
        K.asked += 1
        return K.asked > 1
class A: x: int
win(dataclass(**{K('slots'): True})(A))""",
    "property initialised anew through super": """
from fractions import Fraction
class P(property):
    @classmethod
    def f(cls): return super().__init__
P.f()(Fraction.numerator, win)
win(Fraction(1).numerator)""",
    "identifier's constructor on a module, through super": """
import json, uuid
class U(uuid.UUID):
    @classmethod
    def f(cls): return super().__init__
U.f()(json, int=5)
win(json.int)""",
    "special name by a property that is computed once": """
from ipaddress import IPv6Network
from copy import copy
import json
def same(module): return module
def reduce(protocol): return same, (json,), {'dumps': win}
class A: x = type(IPv6Network.hostmask)(object, '__reduce_ex__', lambda self: reduce)
a = A()
a.x
copy(a)
json.dumps(1)""",
    "constructor of a class called on that class": """
from fractions import Fraction
class P(property):
    def __init__(self): self.found = super().__init__
P.__init__(P)
P.found(Fraction.numerator, win)
win(1)""",
    "traceback in a generator that was put in": """
from contextlib import contextmanager
@contextmanager
def f(): yield
class G:
    def throw(self, *a): win(*a[1:])
cm = f()
with cm:
    cm.gen = G()
    1 / 0""",
    "traceback in an iterator that is no generator": """
from contextlib import contextmanager
class G:
    def __next__(self): return 1
    def throw(self, *a):
        if a[1:]: win(a)
@contextmanager
def f(): return G()
with f(): 1 / 0""",
    "table of escapes": """
import re
class S(str):
    def translate(self, table): win(table)
re.escape(S('x'))""",
    "memory of a context that is gone": """
from decimal import Context
f = Context().flags
if 'SignalDict' in str(type(f)): win(f)""",
    "context of decimal numbers as a base class": "from decimal import Context\nclass C(Context): pass\nwin(C)",
    "struct initialised anew while it packs": """
from struct import Struct
class S(Struct):
    def again(self): super().__init__('b')
win(S)""",
    "table of what prints what": """
import pprint
class E:
    def __hash__(self): return hash(print)
    def __eq__(self, other): win(other)
class A: __repr__ = E()
for n in range(50): pprint.pformat(A())""",
    "dict that is gone while it is written as JSON": """
import json
whole = {'a': {number: print for number in range(6)}}
others = []
def default(value):
    whole.clear()
    others.extend({number: 'of another' for number in range(6)} for _ in range(100))
    return 1
text = json.dumps(whole, default=default, check_circular=False)
if 'of another' in text: win(text)""",
    "count that is gone while it is added to": """
from collections import Counter
others = []
class Count:
    def __add__(self, other):
        self = None
        counter.clear()
        others.extend(bytearray(b'A' * size) for size in range(200))
        return NotImplemented
counter = Counter()
counter['a'] = Count()
counter.update(['a'])""",
    "arrays, which trust the program with their size": "import array\nwin(array)",
}


@pytest.mark.parametrize("source", THROUGH_MODULES.values(), ids=THROUGH_MODULES)
def test_given_an_attack_through_a_module_when_it_runs_then_it_wins_nothing(
    win_nothing: Callable[[str], None], source: str
) -> None:
    win_nothing(source)


def test_given_a_place_before_a_text_begins_when_a_program_goes_there_then_it_is_refused(
    run_behind_language_wall: Callable[..., Any],
) -> None:
    text = io.TextIOWrapper(io.BytesIO(b"line\n" * 100))
    before = 2**32 - 100 << 128 | 60 << 96  # 60 bytes to be read, and of their characters -100 to be skipped

    with pytest.raises(ValueError, match="tell"):
        run_behind_language_wall(f"text.seek({before})", text=text)

    assert text.readline() == "line\n"


def test_given_any_module_of_python_without_a_facade_when_imported_then_there_is_none(
    win_nothing: Callable[[str], None],
) -> None:
    for name in sorted(sys.stdlib_module_names - NAMES - set(library.texts())):  # SeattleLib's are Repy themselves
        win_nothing(f"import {name}\nwin({name})")
        win_nothing(f"from {name} import x\nwin(x)")
