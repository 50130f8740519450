"""The names of statuses and methods."""

from http import HTTPMethod, HTTPStatus
from http.client import HTTPException, responses

for code in (100, 200, 201, 203, 204, 207, 301, 302, 304, 400, 401, 404, 405, 418, 429, 500, 501, 503, 505):
    status = HTTPStatus(code)
    print(status.name, status.phrase, status.value, status == code, f"{status}", repr(status), responses[code])
print(HTTPStatus["NOT_FOUND"] is HTTPStatus.NOT_FOUND, HTTPStatus.OK < HTTPStatus.CREATED)
print(HTTPMethod.GET, HTTPMethod.POST == "POST", repr(HTTPMethod("PUT")), list(HTTPMethod) == sorted(HTTPMethod))
try:
    HTTPStatus(299)
except ValueError as error:
    print(error)
print(issubclass(HTTPException, Exception))
