"""Run Python programs on many computers around the world, safely."""
