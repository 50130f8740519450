"""Where everything is served."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path, re_path

from seattle.clearinghouse.xmlrpc.views import xmlrpc

urlpatterns = [
    path("", include("seattle.clearinghouse.site.urls")),
    path("api/v1/", include("seattle.clearinghouse.api.urls")),
    re_path(r"^xmlrpc/?$", xmlrpc, name="xmlrpc"),
    path("enrol/", include("seattle.clearinghouse.enrolment")),
    path("updates/", include("seattle.clearinghouse.updates")),
    path("account/", include("seattle.clearinghouse.accounts.urls")),
    path("account/", include("allauth.urls")),
    path("desk/", include("seattle.clearinghouse.desk.urls")),
    # By the page where everybody signs in, which counts tries, and asks for the second factor.
    path("admin/login/", secure_admin_login(admin.site.login)),
    path("admin/", admin.site.urls),
]

handler400 = "seattle.clearinghouse.site.pages.errors.bad_request"
handler500 = "seattle.clearinghouse.site.pages.errors.server_error"
