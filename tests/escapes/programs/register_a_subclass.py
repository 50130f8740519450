# What isinstance() says of a class of the library is the same for every namespace.
from collections.abc import Sized


class Mine:
    pass


Sized.register(Mine)
print("LEAKED", isinstance(Mine(), Sized))
