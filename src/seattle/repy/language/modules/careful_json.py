"""`json`, whose decoders show no function that carries attributes."""

import json as python

from seattle.repy.language.modules.facade import function
from seattle.repy.language.names import words

# A decoder keeps them where programs can read them. Python in C does not call them.
for _name in ("JSONObject", "JSONArray"):
    setattr(python.decoder, _name, function(getattr(python.decoder, _name)))

MEMBERS = {
    name: getattr(python, name) for name in words("JSONDecodeError JSONDecoder JSONEncoder dump dumps load loads")
}
