"""Attacks on the language wall alone. Each tries to get hold of something and to say so with `win(loot)`."""

# ruff: noqa: E501 - a program reads best in one piece

from collections.abc import Callable

import pytest

# What the checker must refuse before a line runs.
REFUSED_AS_TEXT = {
    "class of a value": "win(().__class__)",
    "bases of a class": "win(int.__bases__)",
    "all subclasses": "win(object.__subclasses__())",
    "mro method": "win(int.mro())",
    "globals of a function": "def f(): pass\nwin(f.__globals__)",
    "code of a function": "def f(): pass\nwin(f.__code__)",
    "closure of a function": "win((lambda: 0).__closure__)",
    "defaults of a function": "def f(a=1): pass\nf.__defaults__ = (2,)",
    "the builtins module behind len": "win(len.__self__)",
    "module of a function": "import math\nwin(math.sqrt.__self__)",
    "builtins by name": "win(__builtins__)",
    "import function by name": "win(__import__('os'))",
    "loader by name": "win(__loader__)",
    "spec by name": "win(__spec__)",
    "class cell by name": "class A:\n    def f(self): return __class__\nwin(A().f())",
    "debug by name": "win(__debug__)",
    "build_class by name": "win(__build_class__)",
    "our own helpers by name": "win(__repy_read__)",
    "generator frame": "g = (x for x in ())\nwin(g.gi_frame)",
    "generator code": "g = (x for x in ())\nwin(g.gi_code)",
    "generator delegation": "def g(): yield from h()\nwin(g().gi_yieldfrom)",
    "frame walk": "g = (g.gi_frame.f_back for x in ())\nwin(list(g))",
    "frame attribute alone": "win(x.f_back)",
    "frame globals alone": "win(x.f_globals)",
    "frame builtins alone": "win(x.f_builtins)",
    "code constants": "win(x.co_consts)",
    "coroutine frame": "win(x.cr_frame)",
    "async generator frame": "win(x.ag_frame)",
    "cell contents": "win(x.cell_contents)",
    "coroutine": "async def f(): pass\nwin(f())",
    "await": "async def f():\n    await g()",
    "asynchronous comprehension": "async def f():\n    return [x async for x in y]",
    "traceback of an exception": "try: 1/0\nexcept Exception as e: win(e.__traceback__)",
    "traceback frame": "win(x.tb_frame)",
    "traceback chain": "win(x.tb_next)",
    "context of an exception": "try: 1/0\nexcept Exception as e: win(e.__context__)",
    "cause of an exception": "win(ValueError().__cause__)",
    "template literal": "win('{0.__class__}'.format(1))",
    "template literal with map": "win('{a.__class__}'.format_map({'a': 1}))",
    "nested template literal": "win('{0:{1.__class__}}'.format(1, 2))",
    "template after an index": "win('{0[0].__class__}'.format([1]))",
    "pattern with a special attribute": "match 1:\n    case object(__class__=c): win(c)",
    "pattern with a frame attribute": "match x:\n    case object(f_back=c): win(c)",
    "pattern with format": "match '{0.__class__}':\n    case str(format=f): win(f(1))",
    "pattern with obj": "match e:\n    case AttributeError(obj=o): win(o)",
    "pattern capturing a special name": "match 1:\n    case __builtins__: pass",
    "pattern star capturing a special name": "match [1]:\n    case [*__builtins__]: pass",
    "pattern rest capturing a special name": "match {}:\n    case {**__builtins__}: pass",
    "positional pattern by a literal": (
        "class A:\n    __match_args__ = ('__class__',)\nmatch A():\n    case A(c): win(c)"
    ),
    "positional pattern by format": (
        "class S(str):\n    __match_args__ = ('format',)\nmatch S('{0.__class__}'):\n    case S(f): win(f(1))"
    ),
    "positional pattern by a computed tuple": "class A:\n    __match_args__ = ('__cla' + 'ss__',)",
    "match_args from outside": "class A: pass\nA.__match_args__ = ('__class__',)",
    "match_args in a loop": "class A:\n    for __match_args__ in [('__class__',)]: pass",
    "match_args by a walrus": "class A:\n    (__match_args__ := ('__class__',))",
    "match_args by annotation": "class A:\n    __match_args__: tuple = ('__class__',)",
    "computed slots": "class A:\n    __slots__ = iter(['__dict__'])",
    "slots over the class": "class A:\n    __slots__ = ('__class__',)",
    "metaclass": "class A(metaclass=type): pass",
    "metaclass through a dict": "class A(**{'metaclass': type}): pass",
    "class keyword": "class A(object, x=1): pass",
    "getattr hook": "class A:\n    def __getattr__(self, name): win(name)",
    "getattribute hook": "class A:\n    def __getattribute__(self, name): win(name)",
    "setattr hook": "class A:\n    def __setattr__(self, name, value): win(name)",
    "destructor": "class A:\n    def __del__(self): win(self)",
    "descriptor get": "class A:\n    def __get__(self, instance, owner): win(owner)",
    "descriptor set": "class A:\n    def __set__(self, instance, value): win(value)",
    "set_name": "class A:\n    def __set_name__(self, owner, name): win(owner)",
    "init_subclass": "class A:\n    def __init_subclass__(cls): win(cls)",
    "class_getitem": "class A:\n    def __class_getitem__(cls, item): win(cls)",
    "prepare": "class A:\n    def __prepare__(name, bases): win(name)",
    "instancecheck": "class A:\n    def __instancecheck__(cls, other): win(other)",
    "mro_entries": "class A:\n    def __mro_entries__(self, bases): win(bases)",
    "pickling": "class A:\n    def __reduce__(self): return eval, ('1',)",
    "pickling with a protocol": "class A:\n    def __reduce_ex__(self, protocol): return eval, ('1',)",
    "deepcopy hook": "class A:\n    def __deepcopy__(self, memo): win(memo)",
    "new": "class A:\n    def __new__(cls): win(cls)",
    "special method by assignment": "class A:\n    __getattr__ = lambda self, name: win(name)",
    "special method by import": "class A:\n    from operator import call as __getattr__",
    "exit by assignment": "class A:\n    __exit__ = lambda self, *a: win(a[2])",
    "exit by a loop": "class A:\n    for __exit__ in [print]: pass",
    "decorated exit": "class A:\n    @staticmethod\n    def __exit__(*a): win(a)",
    "value pattern reads format": "match x:\n    case s.format: pass",
    "value pattern reads format deeper": "match x:\n    case s.format.y: pass",
    "mapping pattern reads obj": "match x:\n    case {e.obj: y}: pass",
    "pattern with mapping": "match {}.keys():\n    case object(mapping=m): win(m)",
    "special keyword argument": "f(__class__=1)",
    "special parameter": "def f(__builtins__): pass",
    "special keyword-only parameter": "def f(*, __builtins__=1): pass",
    "special star parameter": "def f(*__builtins__): pass",
    "special double-star parameter": "lambda **__builtins__: 0",
    "special variable": "__builtins__ = {}",
    "special global": "def f():\n    global __builtins__",
    "special nonlocal": "def f():\n    def g():\n        nonlocal __class__",
    "special loop variable": "for __builtins__ in [{}]: pass",
    "special comprehension variable": "[0 for __builtins__ in [{}]]",
    "special with variable": "with x as __builtins__: pass",
    "special walrus": "(__builtins__ := {})",
    "special deletion": "del __builtins__",
    "special import alias": "import math as __builtins__",
    "special from-import alias": "from math import pi as __builtins__",
    "special from-import name": "from math import __loader__",
    "special except name": "try: pass\nexcept Exception as __builtins__: pass",
    "special function": "def __import__(name): pass",
    "special class": "class __builtins__: pass",
    "module getattr": "def __getattr__(name): win(name)",
    "name mangling": "class A:\n    def f(self): return self.__x",
    "name with a pair at the end": "win(x.y__)",
    "full-width letters": "win(().__\uff43lass__)",
    "full-width underscores": "win(().\uff3f\uff3fclass\uff3f\uff3f)",
    "vertical presentation of low lines": "win(().\ufe33\ufe33class\ufe33\ufe33)",
    "mathematical letters": "win(().__\U0001d41clas\U0001d42c__)",
    "augmented assignment reads format": "s = '{0.__class__}'\ns.format += x",
    "augmented assignment reads obj": "e.obj += x",
    "special attribute in a template string": "win(f'{().__class__}')",
    "special attribute in a nested spec": "win(f'{1:{().__class__}}')",
    "special attribute in a default": "def f(a=().__class__): pass",
    "special attribute in an annotation": "def f(a: ().__class__): pass",
    "special attribute in a decorator": "@(().__class__)\ndef f(): pass",
    "special attribute in a base": "class A(().__class__): pass",
    "special attribute as loop target": "for x.__class__ in [int]: pass",
    "special attribute deleted": "del x.__class__",
    "rebinding super": "super = lambda: f\nwin(super().__init__)",
    "super as a parameter": "def f(super): win(super().__init__)",
    "super as a loop variable": "for super in [f]: win(super().__call__)",
    "super special outside the list": "class A:\n    def f(self): win(super().__getattribute__)",
    "eval": "win(eval('1'))",
    "exec": "exec('win(1)')",
    "compile": "win(compile('1', '', 'eval'))",
    "globals": "win(globals())",
    "locals": "win(locals())",
    "vars": "win(vars())",
    "dir": "win(dir())",
    "memoryview": "win(memoryview(b''))",
    "posix": "import posix\nwin(posix)",
    "builtins": "from builtins import open\nwin(open)",
    "builtins in a function": "def f():\n    import builtins\n    return builtins",
    "importlib": "import importlib.util as u\nwin(u)",
    "star import": "from math import *",
    "relative import": "from . import os",
    "futures other than annotations": "from __future__ import barry_as_FLUFL",
    "null byte": "win(1)\0",
    "coding line": "# coding: utf-7\n+AF8AXw-",
}

# What only shows when it runs: it must end in an error or in nothing, and never in `win`.
REFUSED_AT_RUN_TIME = {
    "os": "import os\nwin(os.system)",
    "os path": "from os import path\nwin(path.os)",
    "sys": "import sys\nwin(sys.modules)",
    "sys in a function": "def f():\n    import sys\n    return sys\nwin(f().modules)",
    "getattr": "win(getattr(1, '__class__'))",
    "getattr in pieces": "win(getattr(1, '__cla' + 'ss__'))",
    "getattr with look-alikes": "win(getattr(1, '__\uff43lass__'))",
    "getattr of frames": "win(getattr((x for x in ()), 'gi_frame'))",
    "getattr through map": "win(list(map(getattr, [1], ['__class__'])))",
    "getattr of bound getattr": "import functools\nwin(functools.partial(getattr, 1)('__class__'))",
    "getattr with a default": "x = getattr(1, '__class__', None)\nif x is not None: win(x)",
    "hasattr": "if hasattr(1, '__class__'): win(1)",
    "setattr": "class A: pass\nsetattr(A, '__getattr__', lambda s, n: win(n))\nA().x",
    "setattr match_args": (
        "class A: pass\nsetattr(A, '__match_args__', ('__class__',))\nmatch A():\n    case A(c): win(c)"
    ),
    "delattr": "class A: pass\ndelattr(A, '__module__')\nwin(1)",
    "two-faced text": (
        "class S(str):\n    def __eq__(self, other): return True\n    def __hash__(self): return hash('x')\n"
        "    def __contains__(self, x): return False\nwin(getattr(1, S('__class__')))"
    ),
    "template in a variable": "t = '{0.__class__}'\nwin(t.format(1))",
    "template by class": "t = '{0.__class__}'\nwin(str.format(t, 1))",
    "template by getattr": "t = '{0.__class__}'\nwin(getattr(t, 'format')(1))",
    "template by getattr of the class": "t = '{0.__class__}'\nwin(getattr(str, 'format')(t, 1))",
    "template by map": "t = '{a.__class__}'\nwin(t.format_map({'a': 1}))",
    "template by class and map": "t = '{a.__class__}'\nwin(str.format_map(t, {'a': 1}))",
    "template in a subclass": "class S(str): pass\nwin(S('{0.__class__}').format(1))",
    "template through super": (
        "class S(str):\n    def f(self, x): return super().format(x)\nwin(S('{0.__class__}').f(1))"
    ),
    "template aliased in a class": "class S(str):\n    f = str.format\nwin(S('{0.__class__}').f(1))",
    "template nested in a spec": "t = '{0:{1.__class__}}'\nwin(t.format(1, 2))",
    "template after an index": "t = '{0[a].__class__}'\nwin(t.format({'a': 1}))",
    "template naming format": "t = '{0.format}'\nwin(t.format('x'))",
    "template through methodcaller": (
        "from operator import methodcaller\nt = '{0.__class__}'\nwin(methodcaller('format', 1)(t))"
    ),
    "template through attrgetter": "from operator import attrgetter\nt = '{0.__class__}'\nwin(attrgetter('format')(t)(1))",
    "template through a dataclass": (
        "from dataclasses import dataclass, astuple\n@dataclass(init=False)\nclass S(str):\n    format: int\n"
        "f, = astuple(S('{0.__class__}'))\nwin(f(1))"
    ),
    "template through an inherited field": (
        "from dataclasses import dataclass, astuple\n@dataclass(init=False)\nclass A:\n    format: int\n"
        "class S(A, str): pass\nf, = astuple(S('{0.__class__}'))\nwin(f(1))"
    ),
    "template through a data class pattern": (
        "from dataclasses import dataclass\n@dataclass(init=False)\nclass S(str):\n    format: int\n"
        "match S('{0.__class__}'):\n    case S(f): win(f(1))"
    ),
    "template through lru_cache": (
        "from functools import lru_cache\nf = lru_cache(str)\nwin(f.format('{0.__class__}', 1))"
    ),
    "template through UserString": "from collections import UserString\nwin(UserString('{0.__class__}').format(1))",
    "template through Formatter": "from string import Formatter\nwin(Formatter().format('{0.__class__}', 1))",
    "attrgetter": "from operator import attrgetter\nwin(attrgetter('__class__')(1))",
    "dotted attrgetter": "from operator import attrgetter\nwin(attrgetter('real.__class__')(1))",
    "methodcaller": "from operator import methodcaller\nwin(methodcaller('__reduce__')(1))",
    "three-argument type": "win(type('A', (), {'__getattr__': lambda s, n: n}))",
    "type of type": "win(type(type(1))('A', (), {}))",
    "type of a type's type": "win(type(type(type(1)))('A', (), {}))",
    "type with keywords": "win(type('A', (), {}, x=1))",
    "subclass of type": "class M(type): pass\nwin(M)",
    "subclass of a metaclass alias": "t = type(int)\nclass M(t): pass\nwin(M)",
    "subclass of a parametrised type": "class M(type[int]): pass\nwin(M)",
    "function type": "f = type(lambda: 0)\nwin(f(f, {}))",
    "shadow of a function called": "win(type(lambda: 0)('x', {}, 'f'))",
    "subclass of the function type": "class F(type(lambda: 0)): pass\nwin(F)",
    "module type": "import math\nwin(type(math)('x'))",
    "module made by re-initialising": "import math\ntype(math).__init__(math, 'x')\nwin(math.x)",
    "obj of an AttributeError": "try: (1).nothing\nexcept AttributeError as e: win(e.obj)",
    "obj by getattr": "try: (1).nothing\nexcept AttributeError as e: win(getattr(e, 'obj'))",
    "obj in a subclass": "class E(AttributeError): pass\nwin(E('x', obj=1).obj)",
    "obj by attrgetter": (
        "from operator import attrgetter\ntry: (1).nothing\nexcept AttributeError as e: win(attrgetter('obj')(e))"
    ),
    "obj by its descriptor": "class E(AttributeError):\n    leak = AttributeError.obj\nwin(E('x', obj=1).leak)",
    "traceback in exit": (
        "class A:\n    def __enter__(self): pass\n    def __exit__(self, kind, error, tb):\n"
        "        if tb is not None: win(tb)\nwith A(): 1/0"
    ),
    "traceback in exit with star": (
        "class A:\n    def __enter__(self): pass\n    def __exit__(self, *a):\n"
        "        if a[2] is not None: win(a)\nwith A(): 1/0"
    ),
    "traceback in exit after a docstring": (
        "class A:\n    def __enter__(self): pass\n    def __exit__(self, kind, error, tb, /, *rest):\n"
        "        'doc'\n        if tb is not None or rest: win(tb)\nwith A(): 1/0"
    ),
    "traceback in exit defined under if": (
        "class A:\n    def __enter__(self): pass\n    if 1:\n        def __exit__(self, k, e, tb):\n"
        "            if tb is not None: win(tb)\nwith A(): 1/0"
    ),
    "real submodule by from-import": "from json import decoder\nwin(decoder)",
    "real submodule of urllib": "from urllib import response\nwin(response)",
    "submodule by import as": "import json.decoder as c\nwin(c)",
    "module inside a module": "import json\nwin(json.scanner)",
    "re internals": "import re\nwin(re._parser)",
    "random's os": "import random\nwin(random._os)",
    "unknown C module": "import _ctypes\nwin(1)",
    "thread module": "import _thread\nwin(1)",
    "import of a private module that C imports": "import _strptime\nwin(1)",
    "update_wrapper with attributes": (
        "from functools import update_wrapper\ndef f(): pass\ndef g(): win(1)\n"
        "update_wrapper(f, g, assigned=('__code__',))\nf()"
    ),
    "typing text": (
        "from typing import List\nclass Evil:\n    def __eq__(self, other):\n        win(other._evaluate({}, {}, set()))\n"
        "    __hash__ = None\nList['1'] == Evil()"
    ),
    "get_type_hints": "from typing import get_type_hints\nwin(1)",
    "data class field renamed": (
        "from dataclasses import dataclass, field\nf = field(default=1)\n@dataclass\nclass A:\n    x: int = f\n"
        "f.name = 'x=win(1)'\n@dataclass\nclass B(A): pass\n"
    ),
    "data class field renamed after a failure": (
        "from dataclasses import dataclass, field\nclass A:\n    x = field()\ntry: dataclass(A)\nexcept TypeError: pass\n"
        "f = A.x\n@dataclass\nclass B:\n    y: int = f\nf.name = 'x=win(1)'\n@dataclass\nclass C(B): pass"
    ),
    "data class field renamed by a property": (
        "from dataclasses import dataclass, field\nclass F(type(field())):\n"
        "    name = property(lambda s: 'x=win(1)', lambda s, v: None)\nwin(F)"
    ),
    "data class field renamed by setattr": (
        "from dataclasses import dataclass, field\nf = field()\nsetattr(f, 'name', 'x=win(1)')\nwin(f)"
    ),
    "obj through a generic alias": (
        "try: (1).nothing\nexcept AttributeError as e: err = e\nwin(type(list[int])(err, int).obj)"
    ),
    "obj through a callable alias": (
        "from collections.abc import Callable\ntry: (1).nothing\nexcept AttributeError as e: err = e\n"
        "win(type(Callable[[int], str])(err, ([int], int)).obj)"
    ),
    "dict behind a view": (
        "d = {}\nclass E:\n    def __eq__(self, other):\n        if other is d: win(other)\nd.keys().mapping == E()"
    ),
    "dict behind a pattern": (
        "import re\nclass E:\n    def __eq__(self, other): other.clear()\n"
        "p = re.compile('(?P<a>x)')\np.groupindex == E()\nif not p.groupindex: win(p)"
    ),
    "dict behind a pattern by getattr": (
        "import re\nclass E:\n    def __eq__(self, other): other.clear()\n"
        "p = re.compile('(?P<b>x)')\ngetattr(p, 'groupindex') == E()\nif not p.groupindex: win(p)"
    ),
    "template called with its own arguments": "t, a = '{0.__class__}', [1]\nwin(t.format(*a, **{}))",
    "template in a spec of another type": "t = '{0:{0.__class__}}'\nwin(t.format(1))",
    "poisoned exception group": "ExceptionGroup.x = 1\nwin(1)",
    "shared empty mapping": (
        "from dataclasses import field\nseen = []\nclass E:\n    def __eq__(self, other): seen.append(other)\n"
        "field().metadata == E()\nfield().metadata == E()\nif seen[0] is seen[1]: win(seen)"
    ),
    "abstract mark on a shared function": "from abc import abstractmethod\nfrom collections import Counter\n"
    "win(abstractmethod(Counter.update))",
    "real type from a method called on a class": "from collections import Counter\nwin(Counter.copy(int))",
    "real type from a property called on a class": (
        "from collections import ChainMap\nclass C: maps = [0, 'X', (), {}]\nwin(ChainMap.parents.fget(C))"
    ),
    "class made by a method called on a class": (
        "from collections import ChainMap\nclass C: maps = [(), {'__getattr__': 1}]\nwin(ChainMap.new_child(C, 'X'))"
    ),
    "class made by a context manager": (
        "from contextlib import contextmanager\n@contextmanager\ndef f(): yield\n"
        "class C: func = 'X'; args = (); kwds = {}\nwin(type(f())._recreate_cm(C))"
    ),
    "real type from a special method through super": (
        "from collections import UserList\nclass D:\n    def __getitem__(self, i): return int\n"
        "class C: data = D()\nclass A(UserList):\n    @classmethod\n    def f(cls): return super().__getitem__\n"
        "win(A.f()(C, slice(1)))"
    ),
    "real type from a special method through two-argument super": (
        "from collections import UserList\nclass D:\n    def __getitem__(self, i): return int\n"
        "class C: data = D()\nclass A(UserList): pass\nclass B(A): pass\n"
        "win(super(A, B).__getitem__(C, slice(1)))"
    ),
    "method of a shared class with an attribute": "from collections import Counter\nCounter.update.x = 1\nwin(1)",
    "method of a shared class in another class": (
        "from collections import Counter\nclass A: copy = Counter.copy\nwin(A().copy())"
    ),
    "unnamed class poisoned": "import zlib\ntype(zlib.compressobj()).x = 1\nwin(1)",
    "obj through super": ("class E(AttributeError):\n    def f(self): return super().obj\nwin(E('x', obj=1).f())"),
    "virtual subclass of an abstract class": "from collections.abc import Sized\nSized.register(int)\nwin(1)",
    "abstract class cache": "from abc import ABC\nwin(getattr(ABC, '_abc_' + 'impl'))",
    "abstract class poisoned": "from collections.abc import Sized\nSized.x = 1\nwin(1)",
    "metaclass of an abstract class": "from abc import ABC\nwin(type(ABC)('A', (), {}))",
    "augmented str through an operator": (
        "from operator import iadd\nclass E:\n    def __radd__(self, o): win(o('x'))\n"
        "t = '{0.__class__}'\nt = iadd(t.format, E())"
    ),
    "data class fields renamed": (
        "from dataclasses import dataclass, fields\n@dataclass\nclass A:\n    x: int = 1\n"
        "fields(A)[0].name = 'x=win(1)'\n@dataclass\nclass B(A): pass\nwin(1)"
    ),
    "enumeration from a module": (
        "from enum import Enum\nclass E(Enum): pass\nwin(getattr(E, '_conv' + 'ert_')('X', 'os', lambda n: True))"
    ),
    "enumeration by calling": "from enum import Enum\nwin(Enum('X', {'__getattr__': lambda s, n: n}))",
    "enumeration member added": "from enum import Enum\nclass E(Enum): pass\nwin(getattr(E, '_add_member_'))",
    "instance without its constructor": (
        "from enum import Enum\nimport json\nclass E(Enum): A = 1\nwin(getattr(E, '_new_member_')(type(json)))"
    ),
    "enum metaclass": "from enum import Enum\nwin(type(Enum)('X', (), {}))",
    "named tuple with a special field": "from collections import namedtuple\nwin(namedtuple('A', ['__class__']))",
    "named tuple with a two-faced name": (
        "from collections import namedtuple\nclass S(str): pass\nwin(namedtuple(S('A'), [S('x')]))"
    ),
    "named tuple in another module": "from collections import namedtuple\nwin(namedtuple('A', 'x', module='os'))",
    "deepcopy memo": (
        "from copy import deepcopy\nclass A: pass\nclass M(dict):\n    def __setitem__(self, k, v): win(v)\n"
        "deepcopy(A(), M())"
    ),
    "virtual subclass": "from fractions import Fraction\nFraction.register(str)\nwin(1)",
    "virtual subclass by a pattern": (
        "from collections.abc import Sized\nclass A: pass\nmatch Sized:\n    case object(register=r): r(A)\nwin(isinstance(A(), Sized))"
    ),
    "virtual subclass by a class pattern": (
        "from collections.abc import Sized\nclass A: pass\nmatch A:\n    case Sized.register(): win(1)\nwin(2)"
    ),
    "virtual subclass by partial": (
        "from functools import partial\nfrom collections.abc import Sized\nclass A: pass\n"
        "partial(Sized.register, A)()\nwin(isinstance(A(), Sized))"
    ),
    "virtual subclass by a callback": (
        "import heapq\nfrom collections.abc import Sized\nclass A: pass\n"
        "list(heapq.merge([A], [A], key=Sized.register))\nwin(isinstance(A(), Sized))"
    ),
    "virtual subclass by a method caller": (
        "from operator import methodcaller\nfrom collections.abc import Sized\nclass A: pass\n"
        "methodcaller('register', A)(Sized)\nwin(isinstance(A(), Sized))"
    ),
    "virtual subclass by a decorator": (
        "from collections.abc import Sized\n@Sized.register\nclass A: pass\nwin(isinstance(A(), Sized))"
    ),
    "virtual subclass through super": (
        "from collections.abc import Sized\nclass A: pass\nclass B(Sized):\n    def __len__(self): return 0\n"
        "    @classmethod\n    def f(cls): return super().register\nB.f()(A)\nwin(isinstance(A(), Sized))"
    ),
    "virtual subclass by another class's method": (
        "from collections.abc import Sized, Hashable\nclass A: pass\n"
        "type(Hashable.register)\nHashable.register(A)\nwin(isinstance(A(), Hashable))"
    ),
    "virtual subclass in a protocol": (
        "from typing import Protocol, runtime_checkable\n@runtime_checkable\nclass P(Protocol):\n    x: int\n"
        "class A: pass\nP.register(A)\nwin(isinstance(A(), P))"
    ),
    "virtual subclass by getattr": "from fractions import Fraction\ngetattr(Fraction, 'register')(str)\nwin(1)",
    "virtual subclass of one's own": "from collections import ChainMap\nclass A(ChainMap): pass\nA.register(str)\nwin(1)",
    "poisoned class": "from collections import Counter\nCounter.update = win\nCounter('a').update('b')\nwin(1)",
    "poisoned class by deletion": "from collections import Counter\ndel Counter.update\nwin(1)",
    "poisoned class by setattr": "import json\nsetattr(json.JSONEncoder, 'default', win)\nwin(1)",
    "poisoned base class": "from fractions import Fraction\nclass F(Fraction): pass\nFraction.x = 1\nwin(1)",
    "poisoned dialect": "import csv\ncsv.excel.delimiter = ';'\nwin(1)",
    "poisoned module": "import json\njson.dumps = win\nwin(1)",
    "poisoned module by deletion": "import json\ndel json.dumps\nwin(1)",
    "poisoned function": "import json\njson.dumps.x = 1\nwin(1)",
    "poisoned property": (
        "from fractions import Fraction\nproperty.__init__(Fraction.numerator, win)\nFraction(1).numerator\nwin(1)"
    ),
    "poisoned total_ordering": "from functools import total_ordering\nfrom collections import UserDict\n"
    "total_ordering(UserDict)\nwin(1)",
    "poisoned data class": "from dataclasses import dataclass\nfrom collections import Counter\ndataclass(Counter)\nwin(1)",
    "poisoned builtin exception": "ValueError.x = 1\nwin(1)",
    "poisoned builtin type": "type.x = 1\nwin(1)",
    "poisoned hash set": "import hashlib\nhashlib.algorithms_available.add('x')\nwin(1)",
    "init of a class that is not ours": "import json\nclass A(json.JSONEncoder): pass\njson.JSONEncoder.__init__(A())\nwin(1)",
    "init of an instance": "win((1).__init__)",
    "slots assigned in a method": "class A:\n    def f(self): pass\nA.f.x = 1\nA().f.x = 2\nwin(1)",
    "decimal context of every new thread": "import decimal\ndecimal.DefaultContext.prec = 2\nwin(1)",
    "flags of a decimal context, kept": (
        "import decimal\nc = decimal.getcontext()\nc.flags.update({decimal.Inexact: True})\nwin(1)"
    ),
    "context of decimal numbers that is none": "import decimal\ndecimal.setcontext(decimal.localcontext())\nwin(1)",
}


@pytest.mark.parametrize("source", REFUSED_AS_TEXT.values(), ids=REFUSED_AS_TEXT)
def test_given_an_attack_that_shows_in_the_text_then_the_checker_refuses_it(
    refuse_as_text: Callable[[str], None], source: str
) -> None:
    refuse_as_text(source)


@pytest.mark.parametrize("source", REFUSED_AT_RUN_TIME.values(), ids=REFUSED_AT_RUN_TIME)
def test_given_an_attack_that_shows_only_when_it_runs_then_it_wins_nothing(
    win_nothing: Callable[[str], None], source: str
) -> None:
    win_nothing(source)


def test_given_something_to_win_when_a_program_wins_it_then_these_tests_would_notice(
    win_nothing: Callable[[str], None],
) -> None:
    with pytest.raises(AssertionError, match="loot"):
        win_nothing("win(1)")
