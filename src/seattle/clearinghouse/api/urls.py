"""Where the API is served."""

from typing import Final

from django.urls import URLPattern, URLResolver, path, re_path
from django.views.generic import RedirectView

from seattle.clearinghouse.api.problems import in_our_form, not_found
from seattle.clearinghouse.api.reference_page import page
from seattle.clearinghouse.api.rest import api

_patterns, _app, _namespace = api.urls
for _one in _patterns:
    if isinstance(_one, URLPattern):
        _one.callback = in_our_form(_one.callback)

urlpatterns: Final[list[URLPattern | URLResolver]] = [
    path("", RedirectView.as_view(pattern_name="api-docs")),
    path("docs", page, name="api-docs"),
    path("", (_patterns, _app, _namespace)),
    re_path("", not_found),
]
