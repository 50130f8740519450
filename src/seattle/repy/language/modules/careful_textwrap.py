"""`textwrap`, with a table of white space that can't be changed."""

import textwrap as python

from seattle.repy.language.modules.read_only import Table
from seattle.repy.language.names import words

python.TextWrapper.unicode_whitespace_trans = Table(python.TextWrapper.unicode_whitespace_trans)  # type: ignore[assignment]  # str.translate subscripts it, no more

MEMBERS = {name: getattr(python, name) for name in words("TextWrapper dedent fill indent shorten wrap")}
