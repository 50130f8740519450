"""Builds, to be looked at."""

from django.contrib import admin

from seattle.clearinghouse.builds.models import Build
from seattle.clearinghouse.desk.admin_site import ReadMostly


@admin.register(Build)
class BuildAdmin(ReadMostly[Build]):
    """Who had which installer built."""

    list_display = ("build_id", "kind", "name", "planner", "state", "version", "created_at")
    list_filter = ("kind", "state", "version")
    list_select_related = ("planner",)
    search_fields = ("build_id", "name", "planner__username", "people")
    hidden = ("statement", "signature", "token")
