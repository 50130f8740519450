"""The pages."""

from django.urls import path

from seattle.clearinghouse.site.pages import (
    builder,
    builds,
    donations,
    first_steps,
    home,
    ledger,
    network,
    status,
    vessels,
)

urlpatterns = [
    path("", home.home, name="home"),
    path("network/", network.network, name="network"),
    path("help/", first_steps.first_steps, name="help"),
    path("status/", status.status, name="status"),
    path("ledger/", ledger.ledger, name="ledger"),
    path("donate/<str:token>/", donations.donate, name="donate"),
    path("donations/", donations.donations, name="donations"),
    path("donations/tokens/", donations.make_token, name="make_token"),
    path("donations/tokens/<int:number>/revoke/", donations.revoke_token, name="revoke_token"),
    path("donations/tokens/<int:number>/installer/", builds.donation_installer, name="donation_installer"),
    path("download/", builds.download, name="download"),
    path("builder/", builder.builder, name="builder"),
    path("builds/", builds.my_builds, name="builds"),
    path("builds/<str:build_id>/", builds.build, name="build"),
    path("builds/<str:build_id>/installer/", builds.installer_part, name="installer_part"),
    path("builds/<str:build_id>/installers/<str:platform>/", builds.installer, name="installer"),
    path("builds/<str:build_id>/keys/public/", builds.public_keys, name="public_keys"),
    path("builds/<str:build_id>/withdraw/", builds.withdraw, name="withdraw_build"),
    path("vessels/", vessels.vessels, name="vessels"),
    path("vessels/get/", vessels.get, name="get_vessels"),
    path("vessels/renew/", vessels.renew, name="renew_vessels"),
    path("vessels/release/", vessels.release, name="release_vessels"),
    path("vessels/release-all/", vessels.release_all, name="release_all_vessels"),
    path("vessels/replace/", vessels.replace, name="replace_vessel"),
    path("vessels/progress/", vessels.progress, name="order_progress"),
    path("vessels/table/", vessels.table, name="vessels_table"),
    path("vessels/orders/<int:number>/", vessels.order, name="order"),
]
