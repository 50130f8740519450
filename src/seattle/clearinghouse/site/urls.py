"""The pages."""

from django.urls import path

from seattle.clearinghouse.site import views

urlpatterns = [
    path("", views.home, name="home"),
]
