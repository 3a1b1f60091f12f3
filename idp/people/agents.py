"""Which browser a session is, in words she can recognise; coarse on purpose."""

# Order matters: most browsers also name those they descend from.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
_LONGEST = 512


def describe_agent(user_agent: str) -> str:
    """As in "Firefox – Android"; what is not recognised is left out, so possibly ""."""
    header = user_agent[:_LONGEST]
    found = (next((name for mark, name in marks if mark in header), "") for marks in (_BROWSERS, _SYSTEMS))
    return " – ".join(name for name in found if name)
