"""The documents themselves: what is written, what is read."""

import datetime
import xmlrpc.client
from xmlrpc.client import Binary, DateTime, Fault, dumps, loads

print(dumps((1, "a<b&c>", [True, 1.5], {"k": b"bytes"}), "some.method"))
print(dumps(("answer",), methodresponse=True))
print(dumps(Fault(7, "no"), methodresponse=True))
print(dumps((DateTime("20260131T01:02:03"), Binary(b"x"))))
for document in (
    "<methodCall><methodName> sum </methodName></methodCall>",
    "<?xml version='1.0' encoding='utf-8'?><!-- note --><params><param><value>plain</value></param></params>",
    "<params><param><value><i4>-7</i4></value></param><param><value><i8>99</i8></value></param></params>",
    "<params><param><value><string>a &amp; b &#65; &#x42; &lt;</string></value></param></params>",
    "<params><param><value><string><![CDATA[<raw> & so]]></string></value></param></params>",
    "<params><param><value></value></param><param><value><string/></value></param></params>",
    "<params><param><value><array><data><value><int> 1 </int></value></data></array></value></param></params>",
    "<params><param><value><double>1e3</double></value></param><param><value><nil/></value></param></params>",
    "<params>\n <param>\n  <value>\n   <boolean>1</boolean>\n  </value>\n </param>\n</params>",
):
    print(loads(document))
moment = "<params><param><value><dateTime.iso8601>20260131T01:02:03</dateTime.iso8601></value></param></params>"
print(loads(moment)[0][0].value, loads(moment, use_datetime=True)[0][0] == datetime.datetime(2026, 1, 31, 1, 2, 3))
data = "<params><param><value><base64>aGVs\nbG8=</base64></value></param></params>"
print(loads(data)[0][0].data, loads(data, use_builtin_types=True))
try:
    loads(dumps(Fault(3, "told & caught"), methodresponse=True))
except Fault as fault:
    print(repr(fault), fault.faultCode, fault.faultString)
for broken in (
    "",
    "no xml",
    "<params>",
    "<params><param></params></param>",
    "<params/><params/>",
    "<params><param><value><int>x</int></value></param></params>",
    "<params><param><value><boolean>2</boolean></value></param></params>",
    "<params><param><value>&unknown;</value></param></params>",
):
    try:
        print(loads(broken))
    except Exception:
        print("refused", broken)
print(
    DateTime("20260131T01:02:03") < DateTime("20260201T00:00:00"), DateTime("20260131T01:02:03") == "20260131T01:02:03"
)
print(DateTime(datetime.datetime(2026, 1, 31)), DateTime((2026, 1, 31, 4, 5, 6, 0, 0, 0)).timetuple()[:6])
