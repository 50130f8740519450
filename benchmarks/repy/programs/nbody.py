"""Floating point on the attributes of few objects: five bodies that attract each other."""


class Body:
    """A planet, or the sun."""

    __slots__ = ("mass", "vx", "vy", "vz", "x", "y", "z")

    def __init__(self, place: tuple[float, float, float], speed: tuple[float, float, float], mass: float) -> None:
        self.x, self.y, self.z = place
        self.vx, self.vy, self.vz = speed
        self.mass = mass


def solar_system() -> list[Body]:
    """Five bodies, with round figures of our own."""
    return [
        Body((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), 39.5),
        Body((4.8, -1.2, -0.1), (0.6, 2.8, -0.02), 0.038),
        Body((8.3, 4.1, -0.4), (-1.0, 1.8, 0.008), 0.011),
        Body((12.9, -15.1, -0.2), (1.1, 0.9, -0.01), 0.0017),
        Body((15.4, -25.9, 0.2), (1.0, 0.6, -0.03), 0.002),
    ]


def advance(bodies: list[Body], step: float, steps: int) -> None:
    """Move all of them on."""
    pairs = [(one, other) for index, one in enumerate(bodies) for other in bodies[index + 1 :]]
    for _ in range(steps):
        for one, other in pairs:
            dx, dy, dz = one.x - other.x, one.y - other.y, one.z - other.z
            pull = step / (dx * dx + dy * dy + dz * dz) ** 1.5
            one.vx -= dx * other.mass * pull
            one.vy -= dy * other.mass * pull
            one.vz -= dz * other.mass * pull
            other.vx += dx * one.mass * pull
            other.vy += dy * one.mass * pull
            other.vz += dz * one.mass * pull
        for body in bodies:
            body.x += step * body.vx
            body.y += step * body.vy
            body.z += step * body.vz


def run() -> float:
    """Where the sun ends up."""
    bodies = solar_system()
    advance(bodies, 0.01, 4000)
    return bodies[0].x
