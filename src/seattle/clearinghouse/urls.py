"""Where everything is served."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("seattle.clearinghouse.site.urls")),
    path("account/", include("seattle.clearinghouse.accounts.urls")),
    path("account/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
