"""`calendar`, whose weeks begin on Monday for everybody, and whose names of months and days are tuples."""

import calendar as python

from seattle.repy.language.names import words

# Not setfirstweekday: it is one setting for the whole process. Not HTMLCalendar: lists in its class could be changed.
MEMBERS: dict[str, object] = {
    **{
        name: getattr(python, name)
        for name in words(
            "Calendar IllegalMonthError IllegalWeekdayError TextCalendar calendar isleap leapdays month monthcalendar "
            "monthrange timegm week weekday weekheader"
        )
    },
    **{name: tuple(getattr(python, name)) for name in words("day_abbr day_name month_abbr month_name")},
    **{name: number for number, name in enumerate(words("MONDAY TUESDAY WEDNESDAY THURSDAY FRIDAY SATURDAY SUNDAY"))},
}
