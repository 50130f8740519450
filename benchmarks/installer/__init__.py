"""A release on a donor's computer: its size, how long installing and updating take, and what a look for news costs."""
