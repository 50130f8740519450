"""The pages of the abuse desk."""

from django.urls import path

from seattle.clearinghouse.desk import views

urlpatterns = [
    path("", views.desk, name="desk"),
    path("log/", views.log, name="desk_log"),
    path("cut-offs/", views.cut_offs, name="desk_cut_offs"),
    path("cut-offs/key/", views.cut_off_key, name="desk_cut_off_key"),
    path("cut-offs/<int:cut_off_id>/pardon/", views.pardon, name="desk_pardon"),
    path("users/", views.users, name="desk_users"),
    path("users/<slug:username>/", views.user, name="desk_user"),
    path("users/<slug:username>/cut-off/", views.cut_off_user, name="desk_cut_off_user"),
    path("users/<slug:username>/reopen/", views.reopen, name="desk_reopen"),
]
