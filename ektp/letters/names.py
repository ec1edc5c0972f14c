"""Names as letters and pages write them: of offices in full, of people so that only they know themselves in it."""

from schemas.places import place


def office_name(code: str) -> str:
    """Return the name of an office, such as Kecamatan Tembalang."""
    found = place(code)
    if found is None:
        return code
    return f"Kecamatan {found.name}" if found.level == "district" else found.name


def regency_name(code: str) -> str:
    """Return the name of an office's regency."""
    return office_name(code[:5])


def masked_name(name: str) -> str:
    """Return the first letter of each word, and no more: C*** S***."""
    return " ".join(f"{word[0]}***" for word in name.split())
