"""Building, splitting and formatting text."""

LINE = "the quick brown fox jumps over the lazy dog while the band plays on"
WORDS = LINE.split(" ")


def cipher(text: str, shift: int) -> str:
    """Every letter moved on."""
    return "".join(chr((ord(char) - 97 + shift) % 26 + 97) if char.isalpha() else char for char in text)


def run() -> int:
    """How long everything became."""
    size = 0
    for number in range(1200):
        text = " ".join(WORDS[number % 5 :])
        line = f"{number:06d} | {cipher(text, number % 26):>80} | {number / 7:.3f}"
        parts = [part.strip().title() for part in line.split("|")]
        size += len("|".join(reversed(parts)).replace("The", "A"))
    return size
