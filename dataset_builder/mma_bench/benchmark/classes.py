"""Normalise class names."""


def class_name(text: str) -> str:
    """Normalise a class name to its form in questions: words joined by underscores.

    Raises:
        ValueError: the name is empty, or has a character that is not printable or would break the list of options.

    >>> class_name(" Frying food ")
    'Frying_food'
    """
    name = "_".join(text.split())
    if not name or any(c in name for c in '{},."\\') or not name.isprintable():
        raise ValueError(text)
    return name


def class_of_label(label: str) -> str:
    """Convert an AudioSet display name to a class name: the text before the first comma, without brackets.

    >>> class_of_label("Canidae, dogs, wolves"), class_of_label("Frying (food)")
    ('Canidae', 'Frying_food')
    >>> class_of_label("Roaring cats (lions, tigers)")  # the comma is inside the brackets
    'Roaring_cats'
    """
    first = label.split(",")[0]
    if "(" in first and ")" not in first:
        first = first.partition("(")[0]
    return class_name(first.replace("(", "").replace(")", ""))
