"""The pages about oneself, under /account/; allauth has its own beside them."""

from django.urls import path

from seattle.clearinghouse.accounts import login_views, views

urlpatterns = [
    path("profile/", views.profile, name="profile"),
    path("devkit.zip", views.devkit, name="devkit"),
    path("keys/", views.keys, name="keys"),
    path("keys/add/", views.add_key, name="add_key"),
    path("keys/make/", views.make_key, name="make_key"),
    path("keys/<str:key_id>/retire/", views.retire_key, name="retire_key"),
    path("api-keys/", views.api_keys, name="api_keys"),
    path("api-keys/<int:api_key_id>/revoke/", views.revoke_api_key, name="revoke_api_key"),
    path("approve/", login_views.approve_login, name="approve_login"),
    path("delete/", views.delete_account, name="delete_account"),
]
